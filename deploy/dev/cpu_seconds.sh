#!/usr/bin/env bash
# Runs a compiler and notes what it cost: `user sys output` in the file $BELLWETHER_TIMINGS.
TIMEFORMAT='%3U %3S'
exec 3>&1 4>&2
cost="$({ time "$@" >&3 2>&4; } 2>&1)"
status=$?
while [ $# -gt 1 ] && [ "$1" != -o ]; do shift; done
printf '%s %s\n' "$cost" "${2:--}" >>"$BELLWETHER_TIMINGS"
exit "$status"

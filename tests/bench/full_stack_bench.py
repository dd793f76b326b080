"""The full stack beside bare Kafka, on the same broker in the same run (./dev bench pipeline --stack
full).

1. Throughput: a journal of FACTS facts is folded by one health process, from the instant its first
   partition is loaded to the last record, on Kafka, PostgreSQL and Redis; beside it
   `rdkafka_performance` consumes the same records, counted from the first one it gets, and produces
   as many bytes. "Start" is what passes from the start of the process until that instant:
   migrations, the group's agreement. A checkpoint writes a row for every ten facts (d = 0.1). CPU
   seconds are those of the health process, start included, the broker, the database and the cache.
2. End to end: how many facts a second go through the gateway until the alerts that some of them
   raise are seen, all services and the sender on these cores.
3. Latency, fact to alert, at RATE facts a second, and at 30 % of what went end to end; beside it,
   messages of the same size go through the broker at the same rate from a producer to a consumer.

Everything runs on this machine, and shares its cores.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from full_stack import SERVERS, STARTED, FullStack  # noqa: E402
from server_process import BUILD  # noqa: E402

JOURNAL = "bellwether.journal.v1"
PARTITIONS = 12
ACCOUNTS = 20_000
CHECKPOINT_RECORDS = 10 * ACCOUNTS // PARTITIONS  # of one partition: every account once in ten facts
FOLD_THREADS = os.cpu_count()
SHARE_GOAL = 0.10  # of the bare consumer's records per second
ALERT_P99_GOAL_MS = 150
LOAD_SHARE = 0.3
FLOOD_RATE = 100_000  # more than goes through: the sender is held up
ROUND_SECONDS = 4
WARM_UP_ROUNDS = 3  # a broker runs interpreted at first, and a process from unread pages
EXAMPLE = Path("/usr/share/doc/librdkafka-dev/examples/rdkafka_performance.c")
RUN_SECONDS_MAX = 900
OWN_TREE = """
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#define rd_snprintf snprintf
#define RD_MIN(a, b) ((a) < (b) ? (a) : (b))
#define RD_MAX(a, b) ((a) > (b) ? (a) : (b))
typedef int64_t rd_ts_t;
static rd_ts_t rd_clock(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}
"""
TICKS = os.sysconf("SC_CLK_TCK")


def run(*command):
    return subprocess.run([str(part) for part in command], check=True, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=RUN_SECONDS_MAX).stdout


def program(name):
    return BUILD / "bin" / name


def build_rdkafka_performance():
    """The example of the library's own package."""
    target = BUILD / "bench" / "rdkafka_performance"
    if not EXAMPLE.exists():
        sys.exit(f"{EXAMPLE} is not there, and nothing to compare with: librdkafka-dev was "
                 "installed without its documents")
    source = BUILD / "bench" / "rdkafka_performance.c"
    # It includes two headers of the library's own tree; this is what it needs of them.
    text = re.sub(r'#include "(?:\.\./src/)?(?:rd|rdtime)\.h"[^\n]*', "", EXAMPLE.read_text())
    text = text.replace('#include "rdkafka.h"', "#include <librdkafka/rdkafka.h>")
    source.write_text("#define _GNU_SOURCE\n" + OWN_TREE + text)
    run("cc", "-O2", "-w", "-o", target, source, "-lrdkafka", "-lpthread", "-lm")
    return target


def cpu_seconds(stack, names):
    """Of those processes, threads and children included."""
    total = 0
    for name in names:
        for pid in stack.pids(name):
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # a connection of the database that has ended meanwhile
            total += sum(int(field) for field in fields[11:15])
    return total / TICKS


def rate_of(output):
    """Records a second, as rdkafka_performance says of its whole run."""
    return float(re.findall(r"([\d.]+) msgs/s", output.replace(",", ""))[-1])


def folded(stack, facts):
    """Facts a second once it has begun, seconds until then, and CPU seconds per million facts, of
    one fold from nothing."""
    stack.query("DROP SCHEMA health CASCADE")
    stack.query("DROP OWNED BY health CASCADE")
    stack.query("DROP ROLE health")
    stack.make_stores()
    stack.forget_cache()
    names = (*SERVERS, "health-1")
    before = cpu_seconds(stack, SERVERS)
    log = stack.log("health-1")
    log_end = log.stat().st_size if log.exists() else 0
    launched = time.time()
    stack.launch("health-1")
    run(program("await_folded"), "--server", f"127.0.0.1:{stack.port('health-1')}", "--bus",
        stack.kafka_url)
    ended = time.time()
    cpu = cpu_seconds(stack, names) - before
    begun = first_partition_loaded(log, log_end)
    stack.stop("health-1")
    return facts / (ended - begun), begun - launched, cpu / facts * 1e6


def first_partition_loaded(log, log_end):
    """When the first partition was ready to be folded, by what the log says from `log_end` on."""
    with open(log, "rb") as lines:
        lines.seek(log_end)
        for line in lines:
            entry = json.loads(line)
            if entry["message"] == "partition loaded":
                return datetime.fromisoformat(entry["ts"].replace("Z", "+00:00")).timestamp()
    sys.exit("no partition was loaded")


def measure_throughput(facts, rounds):
    performance = build_rdkafka_performance()
    settings = {"health": f"ship-model: false\nfold-threads: {FOLD_THREADS}\n"
                          f"checkpoint.records: {CHECKPOINT_RECORDS}\n"}
    with FullStack("bench", ("health-1",), settings) as stack:
        stack.start_servers()
        run(program("fill_journal"), "--bus", stack.kafka_url, "--facts", facts, "--accounts",
            ACCOUNTS)
        # A topic for the bare producer.
        run(program("fill_journal"), "--bus", f"{stack.kafka_url}?topic.prefix=bare.", "--facts",
            "1", "--accounts", "1")
        broker = f"127.0.0.1:{stack.port('kafka')}"
        records = int(run(program("log_end"), "--bus", stack.kafka_url, "--topic", JOURNAL))
        logs = (stack.folder / "kafka" / "log").glob(f"{JOURNAL}-*/*.log")
        size = sum(log.stat().st_size for log in logs) // records
        print(f"{facts} facts about {ACCOUNTS} accounts, {records} records of about {size} bytes "
              "on disk")
        print(f"  {'round':8}{'consume /s':>14}{'produce /s':>14}{'fold facts/s':>14}"
              f"{'start s':>10}{'CPU s/million':>16}{'fold:consume':>14}")
        rows = []
        for number in range(1, rounds + 1):
            partitions = [part for p in range(PARTITIONS) for part in ("-p", p)]
            consume = rate_of(run(performance, "-C", "-b", broker, "-t", JOURNAL, *partitions,
                                  "-o", "beginning", "-c", records, "-q"))
            produce = rate_of(run(performance, "-P", "-b", broker, "-t", f"bare.{JOURNAL}",
                                  "-s", size, "-c", records, "-a", "-1", "-q", "-X",
                                  "enable.idempotence=true"))
            rate, start, cpu = folded(stack, facts)
            rows.append((consume, produce, rate, start, cpu, rate / consume))
            print_row(number, rows[-1])
        median = [statistics.median(column) for column in zip(*rows)]
        print_row("median", median)
        verdict = "met" if median[-1] >= SHARE_GOAL else "NOT MET"
        print(f"goal: the fold takes at least {SHARE_GOAL:.0%} of the bare consumer's records "
              f"a second: {verdict}")


def print_row(name, row):
    consume, produce, rate, start, cpu, ratio = row
    print(f"  {name!s:8}{consume:14.0f}{produce:14.0f}{rate:14.0f}{start:10.1f}{cpu:16.1f}"
          f"{ratio:14.3f}", flush=True)


def sent_through(stack, rate, rounds, seconds=ROUND_SECONDS):
    """What the latency bench prints of facts sent at that rate; the rate at which they went."""
    process = subprocess.Popen(
        [str(BUILD / "bench" / "pipeline_latency_bench"), "--server", stack.grpc, "--rate",
         str(rate), "--rounds", str(rounds), "--seconds", str(seconds), "--goal-ms",
         str(ALERT_P99_GOAL_MS)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    went = None
    for line in process.stdout:
        print(line, end="", flush=True)
        if line.lstrip().startswith("median"):
            went = float(line.split("|")[-1].split()[0])
    if process.wait() != 0 or went is None:
        sys.exit("the latency bench failed")
    return went


def measure_latency(rate, rounds):
    with FullStack("bench", STARTED) as stack:
        stack.start()
        print("\nend to end, warming up and then as fast as it goes:", flush=True)
        sent_through(stack, rate, WARM_UP_ROUNDS)
        capacity = sent_through(stack, FLOOD_RATE, rounds, seconds=1)
        print(f"end to end: {capacity:.0f} facts/s", flush=True)
        run(program("fill_journal"), "--bus", f"{stack.kafka_url}?topic.prefix=bare.", "--facts",
            "1", "--accounts", "1")
        for load in (rate, int(LOAD_SHARE * capacity)):
            bare = json.loads(run(program("bare_latency"), "--brokers",
                                  f"127.0.0.1:{stack.port('kafka')}", "--topic", f"bare.{JOURNAL}",
                                  "--rate", load))
            print(f"\nbare, from producer to consumer at {load} messages/s: p50 {bare['p50']:.1f} "
                  f"ms, p99 {bare['p99']:.1f} ms, max {bare['max']:.1f} ms of {bare['count']}",
                  flush=True)
            sent_through(stack, load, rounds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--facts", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rate", type=int, default=5_000)
    options = parser.parse_args()
    measure_throughput(options.facts, options.rounds)
    measure_latency(options.rate, options.rounds)


if __name__ == "__main__":
    main()

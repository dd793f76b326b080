// Which of the open alerts are shown, in which order, and how many each choice would show. The
// count of a choice is what the list has when that facet is set to it alone.
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { listOf } from "../../app/search.ts";
import { type Alert, AlertState } from "../../gen/proto/bellwether/alerts/v1/alert_pb.js";
import type { Silence, SilenceMatchers } from "../../gen/proto/bellwether/alerts/v1/silence_pb.js";
import type { OpenAlert } from "../../live/alert_book.ts";
import { levelKey } from "../../shared/ui/level.tsx";
import type { BoardSearch, Sort } from "./route.ts";

type Facet = "level" | "tier" | "rule" | "with" | "mine" | "state" | "silenced";

export interface FilterContext {
  principal: string;
  silences: readonly Silence[];
}

const TESTS: Record<Facet, (alert: Alert, search: BoardSearch, context: FilterContext) => boolean> =
  {
    level: (alert, { level }) => !level || listOf(level).includes(levelKey(alert.level)),
    tier: (alert, { tier }) => !tier || listOf(tier).includes(alert.subjectTier || "none"),
    rule: (alert, { rule }) => !rule || listOf(rule).includes(alert.ruleId),
    with: (alert, search) => !search.with || alert.assignee === search.with,
    mine: (alert, { mine }, { principal }) =>
      !mine || (principal !== "" && alert.assignee === principal),
    state: (alert, { state }) =>
      !state || (state === "firing") === (alert.state === AlertState.FIRING),
    silenced: (alert, { silenced }, { silences }) => !silenced || isSilenced(alert, silences),
  };
const FACETS = Object.keys(TESTS) as Facet[];

export function filterAlerts(
  all: Iterable<OpenAlert>,
  search: BoardSearch,
  context: FilterContext,
): OpenAlert[] {
  return [...all]
    .filter(({ alert }) => FACETS.every((facet) => TESTS[facet](alert, search, context)))
    .sort(ORDERS[search.sort ?? "board"]);
}

// How many the list would have with each of `parts` of the filter set so and the rest as it is. An
// alert is tested once by the filter as it is: of a part only what it changes is tested again.
export function countsWith(
  all: Iterable<OpenAlert>,
  search: BoardSearch,
  parts: readonly Partial<BoardSearch>[],
  context: FilterContext,
): number[] {
  const choices = parts.map((part) => {
    const changed = FACETS.filter((facet) => facet in part);
    return { filter: { ...search, ...part }, changed, mask: maskOf(changed), count: 0 };
  });
  for (const { alert } of all) {
    const failed = maskOf(FACETS.filter((facet) => !TESTS[facet](alert, search, context)));
    for (const choice of choices)
      if (
        (failed & ~choice.mask) === 0 &&
        choice.changed.every((facet) => TESTS[facet](alert, choice.filter, context))
      )
        choice.count++;
  }
  return choices.map((choice) => choice.count);
}

function maskOf(facets: readonly Facet[]): number {
  let mask = 0;
  for (const facet of facets) mask |= 1 << FACETS.indexOf(facet);
  return mask;
}

export function isSilenced(alert: Alert, silences: readonly Silence[]): boolean {
  return silences.some((silence) => silence.active && matches(alert, silence.matchers));
}

// As the service judges: of every list that is not empty one entry holds.
export function matches(alert: Alert, matchers: SilenceMatchers | undefined): boolean {
  if (!matchers) return false;
  const holds = (wanted: readonly string[], value: string) =>
    wanted.length === 0 || wanted.includes(value);
  return (
    holds(matchers.ruleIds, alert.ruleId) &&
    holds(matchers.accountIds, alert.accountId) &&
    holds(matchers.tiers, alert.subjectTier) &&
    holds(matchers.assignees, alert.assignee) &&
    (matchers.maximumLevel === 0 || alert.level <= matchers.maximumLevel)
  );
}

const byName = (a: OpenAlert, b: OpenAlert) => (a.alert.name < b.alert.name ? -1 : 1);
const byNumber = (a: bigint | number, b: bigint | number) => (a === b ? 0 : a < b ? -1 : 1);
const sinceMs = ({ alert }: OpenAlert) => heldSinceMs(alert);

// Highest priority first, then the greatest value at risk, then the one that fired first.
function byBoard(a: OpenAlert, b: OpenAlert): number {
  return (
    byNumber(b.alert.priority, a.alert.priority) ||
    byNumber(b.alert.valueAtRiskMinor, a.alert.valueAtRiskMinor) ||
    byNumber(firedMs(a.alert), firedMs(b.alert)) ||
    byName(a, b)
  );
}

const ORDERS: Record<Sort, (a: OpenAlert, b: OpenAlert) => number> = {
  board: byBoard,
  account: (a, b) =>
    a.alert.subjectDisplayName.localeCompare(b.alert.subjectDisplayName) || byBoard(a, b),
  risk: (a, b) => byNumber(b.alert.valueAtRiskMinor, a.alert.valueAtRiskMinor) || byBoard(a, b),
  since: (a, b) => byNumber(sinceMs(a), sinceMs(b)) || byBoard(a, b),
  escalates: (a, b) => byNumber(escalatesMs(a), escalatesMs(b)) || byBoard(a, b),
};

const firedMs = (alert: Alert) => (alert.fireTime ? timestampMs(alert.fireTime) : 0);

export function heldSinceMs(alert: Alert): number {
  return alert.sinceTime ? timestampMs(alert.sinceTime) : firedMs(alert);
}

function escalatesMs({ alert }: OpenAlert): number {
  return alert.escalateTime ? timestampMs(alert.escalateTime) : Number.MAX_SAFE_INTEGER;
}

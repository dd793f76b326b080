import { useMemo } from "react";
import { joined, listOf } from "../../app/search.ts";
import type { OpenAlert } from "../../live/alert_book.ts";
import { TIERS, tierName } from "../../shared/names.ts";
import { useText } from "../../shared/texts.ts";
import { LEVELS, levelKey } from "../../shared/ui/level.tsx";
import { Pill, PillRow, Separator } from "../../shared/ui/pill.tsx";
import { countsWith, type FilterContext } from "./alert_filter.ts";
import styles from "./board.module.css";
import type { BoardSearch } from "./route.ts";

const EVERYTHING: Partial<BoardSearch> = {
  mine: undefined,
  state: undefined,
  silenced: undefined,
  with: undefined,
  rule: undefined,
};
// The choices that are always there, and what each sets.
const FIXED: readonly (readonly [string, Partial<BoardSearch>])[] = [
  ["open", EVERYTHING],
  ["firing", { state: "firing" }],
  ["mine", { mine: "yes" }],
  ...LEVELS.map((level) => [levelKey(level), { level: levelKey(level) }] as const),
  ["silenced", { silenced: "yes" }],
];

export function Facets({
  rows,
  search,
  change,
  context,
}: {
  rows: ReadonlyMap<string, OpenAlert>;
  search: BoardSearch;
  change: (part: Partial<BoardSearch>) => void;
  context: FilterContext;
}) {
  const t = useText();
  const toggle = (facet: "level" | "tier", value: string) => {
    const on = listOf(search[facet]);
    const next = on.includes(value) ? on.filter((each) => each !== value) : [...on, value];
    change({ [facet]: joined(next) });
  };
  const tiers = useMemo(() => {
    const there = new Set(listOf(search.tier));
    for (const { alert } of rows.values()) there.add(alert.subjectTier || "none");
    return [...TIERS, "none"].filter((tier) => there.has(tier));
  }, [rows, search.tier]);
  const counts = useMemo(() => {
    const choices = [...FIXED, ...tiers.map((tier) => [tier, { tier }] as const)];
    const found = countsWith(
      rows.values(),
      search,
      choices.map(([, part]) => part),
      context,
    );
    return new Map(choices.map(([key], at) => [key, found[at]]));
  }, [rows, search, context, tiers]);
  const noneChosen =
    !search.mine && !search.state && !search.silenced && !search.with && !search.rule;
  return (
    <div className={styles.facets}>
      <PillRow label={t("board.filter")}>
        <Pill on={noneChosen} count={counts.get("open")} onPress={() => change(EVERYTHING)}>
          {t("board.open")}
        </Pill>
        <Pill
          on={search.state === "firing"}
          count={counts.get("firing")}
          onPress={() => change({ state: search.state === "firing" ? undefined : "firing" })}
        >
          {t("board.unacknowledgedFacet")}
        </Pill>
        <Pill
          on={search.mine === "yes"}
          count={counts.get("mine")}
          onPress={() => change({ mine: search.mine ? undefined : "yes" })}
        >
          {t("board.mine")}
        </Pill>
        <Separator />
        {LEVELS.map((level) => {
          const key = levelKey(level);
          return (
            <Pill
              key={key}
              tone={key}
              on={listOf(search.level).includes(key)}
              count={counts.get(key)}
              onPress={() => toggle("level", key)}
            >
              {t(`level.${key}`)}
            </Pill>
          );
        })}
        <Separator />
        {tiers.map((tier) => (
          <Pill
            key={tier}
            on={listOf(search.tier).includes(tier)}
            count={counts.get(tier)}
            onPress={() => toggle("tier", tier)}
          >
            {tierName(tier === "none" ? "" : tier, t)}
          </Pill>
        ))}
        <Separator />
        <Pill
          on={search.silenced === "yes"}
          count={counts.get("silenced")}
          onPress={() => change({ silenced: search.silenced ? undefined : "yes" })}
        >
          {t("board.silenced")}
        </Pill>
        {search.with && (
          <Pill on onPress={() => change({ with: undefined })}>
            {t("board.withWhom", { who: search.with })} ×
          </Pill>
        )}
        {search.rule && (
          <Pill on onPress={() => change({ rule: undefined })}>
            {search.rule} ×
          </Pill>
        )}
      </PillRow>
    </div>
  );
}

import { joined, listOf } from "../../app/search.ts";
import type { OpenAlert } from "../../live/alert_book.ts";
import { TIERS, tierName } from "../../shared/names.ts";
import { useText } from "../../shared/texts.ts";
import { LEVELS, levelKey } from "../../shared/ui/level.tsx";
import { Pill, PillRow, Separator } from "../../shared/ui/pill.tsx";
import { countWith, type FilterContext } from "./alert_filter.ts";
import styles from "./board.module.css";
import type { BoardSearch } from "./route.ts";

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
  const count = (part: Partial<BoardSearch>) => countWith(rows.values(), search, part, context);
  const toggle = (facet: "level" | "tier", value: string) => {
    const on = listOf(search[facet]);
    const next = on.includes(value) ? on.filter((each) => each !== value) : [...on, value];
    change({ [facet]: joined(next) });
  };
  const tiers = [...TIERS, "none"].filter(
    (tier) => listOf(search.tier).includes(tier) || hasTier(rows, tier),
  );
  const noneChosen =
    !search.mine && !search.state && !search.silenced && !search.with && !search.rule;
  return (
    <div className={styles.facets}>
      <PillRow label={t("board.filter")}>
        <Pill
          on={noneChosen}
          count={count({
            mine: undefined,
            state: undefined,
            silenced: undefined,
            with: undefined,
            rule: undefined,
          })}
          onPress={() =>
            change({
              mine: undefined,
              state: undefined,
              silenced: undefined,
              with: undefined,
              rule: undefined,
            })
          }
        >
          {t("board.open")}
        </Pill>
        <Pill
          on={search.state === "firing"}
          count={count({ state: "firing" })}
          onPress={() => change({ state: search.state === "firing" ? undefined : "firing" })}
        >
          {t("board.unacknowledgedFacet")}
        </Pill>
        <Pill
          on={search.mine === "yes"}
          count={count({ mine: "yes" })}
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
              count={count({ level: key })}
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
            count={count({ tier })}
            onPress={() => toggle("tier", tier)}
          >
            {tierName(tier === "none" ? "" : tier, t)}
          </Pill>
        ))}
        <Separator />
        <Pill
          on={search.silenced === "yes"}
          count={count({ silenced: "yes" })}
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

function hasTier(rows: ReadonlyMap<string, OpenAlert>, tier: string): boolean {
  for (const { alert } of rows.values()) if ((alert.subjectTier || "none") === tier) return true;
  return false;
}

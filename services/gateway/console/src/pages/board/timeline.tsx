import { timestampMs } from "@bufbuild/protobuf/wkt";
import { type TimelineEntry, TimelineKind } from "../../gen/proto/bellwether/alerts/v1/alert_pb.js";
import { type TextId, useFormat, useText } from "../../shared/texts.ts";
import { levelKey } from "../../shared/ui/level.tsx";
import styles from "./board.module.css";

// Each step with who, when and the named reason; why somebody was not notified stands here too.
export function Timeline({ entries }: { entries: readonly TimelineEntry[] }) {
  const t = useText();
  const format = useFormat();
  return (
    <ol className={styles.timeline}>
      {entries.map((entry, index) => (
        <li key={index}>
          <time title={entry.time && format.instant(timestampMs(entry.time))}>
            {entry.time && format.instant(timestampMs(entry.time))}
          </time>
          <span>
            {t(textOf(entry.kind), {
              who: entry.actor,
              level: entry.level ? t(`level.${levelKey(entry.level)}`) : "",
            })}
            <em>
              {[
                entry.reason,
                entry.note,
                entry.silencedBy && t("timeline.silencedBy", { name: entry.silencedBy }),
              ]
                .filter(Boolean)
                .join(" · ")}
            </em>
          </span>
        </li>
      ))}
    </ol>
  );
}

const TEXTS: Partial<Record<TimelineKind, TextId>> = {
  [TimelineKind.PENDING]: "timeline.pending",
  [TimelineKind.FIRED]: "timeline.fired",
  [TimelineKind.LEVEL_RAISED]: "timeline.raised",
  [TimelineKind.LEVEL_LOWERED]: "timeline.lowered",
  [TimelineKind.ACKNOWLEDGED]: "timeline.acknowledged",
  [TimelineKind.UNACKNOWLEDGED]: "timeline.unacknowledged",
  [TimelineKind.ESCALATED]: "timeline.escalated",
  [TimelineKind.RESOLVED]: "timeline.resolved",
  [TimelineKind.REOPENED]: "timeline.reopened",
  [TimelineKind.NOTIFIED]: "timeline.notified",
  [TimelineKind.NOTIFICATION_FAILED]: "timeline.notNotified",
  [TimelineKind.RESTATED]: "timeline.restated",
  [TimelineKind.MOVED]: "timeline.moved",
  [TimelineKind.FOLLOWED]: "timeline.followed",
  [TimelineKind.CLOSED]: "timeline.closed",
};

const textOf = (kind: TimelineKind): TextId => TEXTS[kind] ?? "timeline.other";

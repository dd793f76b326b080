// Whether what should come does come: the silent feeds first, then those that wait, then the rest.
import { type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@tanstack/react-query";
import { feeds } from "../../api/feeds.ts";
import {
  type Feed,
  FeedState,
  RhythmOrigin,
} from "../../gen/proto/bellwether/ingest/v1/feeds_service_pb.js";
import { NONE } from "../format.ts";
import { useServerNow } from "../server_time.ts";
import { type TextId, useFormat, useText } from "../texts.ts";
import { Part } from "../ui/part.tsx";
import { PlainTable } from "../ui/plain_table.tsx";
import { Empty } from "../ui/states.tsx";
import { Tag } from "../ui/tag.tsx";
import styles from "./feeds.module.css";

const REFRESH_MS = 10_000;
const PAGE_SIZE = 1_000;
const ORDER = [FeedState.SILENT, FeedState.AWAITED, FeedState.ON_TIME, FeedState.NO_RHYTHM];
const TONES = {
  [FeedState.UNSPECIFIED]: "plain",
  [FeedState.ON_TIME]: "green",
  [FeedState.SILENT]: "red",
  [FeedState.NO_RHYTHM]: "plain",
  [FeedState.AWAITED]: "yellow",
} as const;

// `silentOnly`: what a director needs to know, that and nothing else.
export function FeedsCard({ silentOnly = false }: { silentOnly?: boolean }) {
  const t = useText();
  const state = silentOnly ? FeedState.SILENT : FeedState.UNSPECIFIED;
  const query = useQuery({
    queryKey: ["feeds", state],
    queryFn: () => feeds.listFeeds({ pageSize: PAGE_SIZE, state }),
    refetchInterval: REFRESH_MS,
  });
  return (
    <Part
      title={t(silentOnly ? "feeds.silentTitle" : "feeds.title")}
      aside={query.data && !silentOnly && t("feeds.silentCount", { count: query.data.silentCount })}
      query={query}
    >
      {({ feeds: all }) =>
        all.length === 0 && silentOnly ? (
          <p>
            <Tag tone="green">{t("feeds.noneSilent")}</Tag> {t("feeds.noneSilentNote")}
          </p>
        ) : all.length === 0 ? (
          <Empty title={t("feeds.none")} note={t("feeds.noneNote")} />
        ) : (
          <PlainTable label={t(silentOnly ? "feeds.silentTitle" : "feeds.title")}>
            <thead>
              <tr>
                <th scope="col">{t("feeds.feed")}</th>
                <th scope="col">{t("feeds.state")}</th>
                <th scope="col">{t("feeds.last")}</th>
                <th scope="col">{t("feeds.rhythm")}</th>
                <th scope="col" className="num">
                  {t("feeds.received")}
                </th>
              </tr>
            </thead>
            <tbody>
              {[...all]
                .sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state))
                .map((feed) => (
                  <FeedRow key={`${feed.source} ${feed.kind}`} feed={feed} />
                ))}
            </tbody>
          </PlainTable>
        )
      }
    </Part>
  );
}

function FeedRow({ feed }: { feed: Feed }) {
  const t = useText();
  const format = useFormat();
  const now = useServerNow();
  const ago = (at: Timestamp) => format.duration(now - timestampMs(at), true);
  const { lastReceivedTime, silentFromTime, rhythm } = feed;
  return (
    <tr data-feed={FeedState[feed.state]}>
      <th scope="row">
        {feed.displayName || feed.source}
        <span className={styles.sub}>
          {[feed.displayName && feed.source, feed.kind || t("feeds.anyKind")]
            .filter(Boolean)
            .join(" · ")}
        </span>
      </th>
      <td>
        <Tag tone={TONES[feed.state]}>{t(`feed.${FeedState[feed.state]}` as TextId)}</Tag>
        {feed.state === FeedState.SILENT && silentFromTime && (
          <span className={styles.sub}>{t("feeds.silentFor", { time: ago(silentFromTime) })}</span>
        )}
      </td>
      <td>
        {lastReceivedTime ? (
          <>
            {t("feeds.ago", { time: ago(lastReceivedTime) })}
            <span className={styles.sub}>{format.instant(timestampMs(lastReceivedTime))}</span>
          </>
        ) : (
          t("feeds.never")
        )}
      </td>
      <td>
        {rhythm ? (
          <>
            {t("feeds.every", { time: format.duration(Number(rhythm.seconds) * 1_000) })}
            <span className={styles.sub}>
              {t(`rhythm.${RhythmOrigin[feed.rhythmOrigin]}` as TextId)}
            </span>
          </>
        ) : (
          NONE
        )}
      </td>
      <td className="num">{format.count(feed.receivedCount)}</td>
    </tr>
  );
}

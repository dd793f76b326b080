import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@tanstack/react-query";
import { addresses } from "../../app/addresses.ts";
import { Link } from "../../app/link.tsx";
import { type Cause, CauseKind } from "../../gen/proto/bellwether/events/v1/signal_pb.js";
import type { ScoreChange } from "../../gen/proto/bellwether/health/v1/health_service_pb.js";
import { causeText } from "../../shared/health/cause.ts";
import { PointBars, scoreStep } from "../../shared/health/point_bars.tsx";
import { roundHalfAway } from "../../shared/largest_remainder.ts";
import { useFormat, useText } from "../../shared/texts.ts";
import { Part } from "../../shared/ui/part.tsx";
import { Empty } from "../../shared/ui/states.tsx";
import { Tag } from "../../shared/ui/tag.tsx";
import styles from "./account.module.css";
import type { AsOf } from "./as_of.ts";
import { explainQuery } from "./queries.ts";

// The last digit of what is shown.
const SHOWN_UNIT = 10_000n;

export function WhyCard({
  account,
  asOf,
  openFact,
}: {
  account: string;
  asOf: AsOf;
  openFact: (source: string, id: string) => void;
}) {
  const t = useText();
  const query = useQuery(explainQuery(account, asOf));
  return (
    <Part title={t("why.title")} aside={t("account.addsUp")} query={query}>
      {({ changes, refoldDiffers }) => (
        <>
          {refoldDiffers && <p className={styles.differs}>{t("account.refoldDiffers")}</p>}
          {changes.length === 0 && <Empty title={t("account.notMoved")} />}
          {changes.map((change) => (
            <Change key={String(change.version)} change={change} openFact={openFact} />
          ))}
        </>
      )}
    </Part>
  );
}

function Change({
  change,
  openFact,
}: {
  change: ScoreChange;
  openFact: (source: string, id: string) => void;
}) {
  const t = useText();
  const format = useFormat();
  // What is shown is the sum of what is shown of its parts.
  const total = roundHalfAway(
    change.points.reduce((sum, point) => sum + point.pointsMicros, 0n),
    SHOWN_UNIT,
  );
  return (
    <article className={styles.change}>
      <div className={styles.changeHead}>
        <b>{change.time && format.instant(timestampMs(change.time))}</b>
        <span>{scoreStep(change, t("why.none"))}</span>
        {change.cause && <CauseTag cause={change.cause} openFact={openFact} />}
        {change.retractedBy && <Tag tone="orange">{t("account.retracted")}</Tag>}
        <span className={styles.grow} />
        <b className={total < 0n ? styles.bad : styles.good} data-change={String(total)}>
          {format.signedPoints(total)}
        </b>
      </div>
      <PointBars change={change} values />
    </article>
  );
}

function CauseTag({
  cause,
  openFact,
}: {
  cause: Cause;
  openFact: (source: string, id: string) => void;
}) {
  const t = useText();
  if (cause.kind === CauseKind.FACT)
    return (
      <>
        <button
          type="button"
          className={styles.fact}
          onClick={() => openFact(cause.source, cause.id)}
        >
          {cause.type} · {cause.source} {cause.id}
        </button>
        {cause.importRun && (
          <Link className="link" to={addresses.importRun(cause.importRun)}>
            {cause.importRun}
          </Link>
        )}
      </>
    );
  return <Tag>{causeText(cause, t)}</Tag>;
}

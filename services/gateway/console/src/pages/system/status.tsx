// Every service side by side: one that does not answer is named and hides nobody.
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@tanstack/react-query";
import { system } from "../../api/clients.ts";
import type {
  ChannelStatus,
  PartitionLag,
} from "../../gen/proto/bellwether/system/v1/status_pb.js";
import type {
  ProcessReport,
  ServiceReport,
} from "../../gen/proto/bellwether/system/v1/system_service_pb.js";
import { NONE } from "../../shared/format.ts";
import { serviceName } from "../../shared/names.ts";
import { useServerNow } from "../../shared/server_time.ts";
import { type TextId, type Translate, useFormat, useText } from "../../shared/texts.ts";
import { Card, Loaded, Part } from "../../shared/ui/part.tsx";
import { PlainTable } from "../../shared/ui/plain_table.tsx";
import { Empty } from "../../shared/ui/states.tsx";
import { Tag } from "../../shared/ui/tag.tsx";
import styles from "./system.module.css";

const REFRESH_MS = 3_000;

export function Status() {
  const t = useText();
  const query = useQuery({
    queryKey: ["system"],
    queryFn: () => system.getSystemStatus({}),
    refetchInterval: REFRESH_MS,
  });
  return (
    <div className={styles.grid}>
      <Loaded what={t("system.services")} query={query} rows={8}>
        {({ services }) => (
          <>
            <ul className={styles.services}>
              {services.map((service) => (
                <Service key={service.service} service={service} />
              ))}
            </ul>
            <Lags services={services} />
          </>
        )}
      </Loaded>
      <Part title={t("system.channels")} query={query}>
        {({ services }) => (
          <Channels
            channels={services.flatMap((service) =>
              service.processes.flatMap((process) => process.status?.channels ?? []),
            )}
          />
        )}
      </Part>
    </div>
  );
}

function Service({ service }: { service: ServiceReport }) {
  const t = useText();
  const dead = service.processes.some((process) => !process.status);
  return (
    <li className={dead ? styles.dead : ""}>
      <h2>{serviceName(service.service, t)}</h2>
      {service.processes.map((process) => (
        <Process key={process.address + (process.status?.process ?? "")} process={process} />
      ))}
    </li>
  );
}

function Process({ process }: { process: ProcessReport }) {
  const t = useText();
  const format = useFormat();
  const now = useServerNow();
  const { status } = process;
  if (!status)
    return (
      <p>
        <Tag tone="red">{t("system.noAnswer")}</Tag>{" "}
        <span className="muted">{process.address}</span>
        <span className={styles.reason}>{process.errorMessage}</span>
      </p>
    );
  return (
    <p>
      <Tag tone={status.ready ? "green" : "orange"}>
        {t(status.ready ? "system.ready" : "system.notReady")}
      </Tag>{" "}
      <span className="muted">
        {process.address}
        {status.startTime &&
          ` · ${t("system.upFor", { time: format.duration(now - timestampMs(status.startTime)) })}`}
      </span>
      {status.notReadyReason && <span className={styles.reason}>{status.notReadyReason}</span>}
      {status.problems.map((problem) => (
        <span key={problem} className={styles.reason}>
          {problem}
        </span>
      ))}
      {status.outbox && status.outbox.unsentCount > 0n && (
        <span className={styles.reason}>
          {t("system.outbox", {
            count: Number(status.outbox.unsentCount),
            age: format.duration(Number(status.outbox.oldestAge?.seconds ?? 0n) * 1000, true),
          })}
        </span>
      )}
    </p>
  );
}

function Lags({ services }: { services: readonly ServiceReport[] }) {
  const t = useText();
  const lags = services.flatMap((service) =>
    service.lags.map((lag) => ({ service: service.service, lag })),
  );
  const behind = lags.filter(({ lag }) => isBehind(lag)).length;
  return (
    <Card
      title={t("system.lag")}
      aside={t("system.behindCount", { count: behind, all: lags.length })}
    >
      {lags.length === 0 ? (
        <Empty title={t("system.noLag")} />
      ) : (
        <PlainTable label={t("system.lag")}>
          <thead>
            <tr>
              <th scope="col">{t("system.service")}</th>
              <th scope="col">{t("system.topic")}</th>
              <th scope="col" className="num">
                {t("system.partition")}
              </th>
              <th scope="col" className="num">
                {t("system.records")}
              </th>
              <th scope="col" className="num">
                {t("system.seconds")}
              </th>
              <th scope="col" className="num">
                {t("system.behindSince")}
              </th>
              <th scope="col" className="num">
                {t("system.measured")}
              </th>
              <th scope="col">{t("system.state")}</th>
            </tr>
          </thead>
          <tbody>
            {lags
              .sort((a, b) => Number((b.lag.records ?? 0n) - (a.lag.records ?? 0n)))
              .map(({ service, lag }) => (
                <LagRow
                  key={`${service}${lag.topic}${lag.partition}`}
                  service={service}
                  lag={lag}
                />
              ))}
          </tbody>
        </PlainTable>
      )}
    </Card>
  );
}

// As proto/bellwether/system/v1/status.proto has them.
const LAG_STATES = ["live", "loading", "folding_back", "paused", "refused", "fenced", "committed"];

function lagState(state: string, t: Translate): string {
  return LAG_STATES.includes(state) ? t(`system.lag.${state}` as TextId) : state;
}

function isBehind(lag: PartitionLag): boolean {
  return lag.records !== undefined && lag.records > 0n;
}

function LagRow({ service, lag }: { service: string; lag: PartitionLag }) {
  const t = useText();
  const format = useFormat();
  const now = useServerNow();
  const late = isBehind(lag);
  return (
    <tr className={late ? styles.late : ""}>
      <th scope="row">{serviceName(service, t)}</th>
      <td>{lag.topic}</td>
      <td className="num">{lag.partition}</td>
      <td className="num">
        {lag.records === undefined ? t("system.unknown") : format.count(lag.records)}
      </td>
      <td className="num">
        {lag.behind === undefined
          ? t("system.unknown")
          : late
            ? t("system.s", { seconds: format.count(lag.behind.seconds) })
            : "0"}
      </td>
      <td className="num">
        {lag.behindSinceTime ? format.clock(timestampMs(lag.behindSinceTime)) : NONE}
      </td>
      <td className="num">
        {lag.measuredTime
          ? t("system.ago", { ago: format.duration(now - timestampMs(lag.measuredTime), true) })
          : NONE}
      </td>
      <td>
        {lagState(lag.state, t)}
        {lag.reason && <span className={styles.reason}>{lag.reason}</span>}
      </td>
    </tr>
  );
}

function Channels({ channels }: { channels: readonly ChannelStatus[] }) {
  const t = useText();
  const format = useFormat();
  const now = useServerNow();
  const ago = (at: ChannelStatus["lastSuccessTime"]) =>
    at ? t("system.ago", { ago: format.duration(now - timestampMs(at), true) }) : t("system.never");
  if (channels.length === 0)
    return <Empty title={t("system.noChannels")} note={t("system.noChannelsNote")} />;
  return (
    <PlainTable label={t("system.channels")}>
      <thead>
        <tr>
          <th scope="col">{t("system.channel")}</th>
          <th scope="col">{t("system.lastSuccess")}</th>
          <th scope="col">{t("system.lastFailure")}</th>
          <th scope="col" className="num">
            {t("system.waiting")}
          </th>
          <th scope="col" className="num">
            {t("system.givenUp")}
          </th>
        </tr>
      </thead>
      <tbody>
        {channels.map((channel) => (
          <tr key={`${channel.kind}/${channel.name}`}>
            <th scope="row">
              {channel.name} <span className="muted">{channel.kind}</span>
            </th>
            <td>{ago(channel.lastSuccessTime)}</td>
            <td>
              {ago(channel.lastFailureTime)}
              {channel.lastFailureReason && (
                <span className={styles.reason}>
                  {[channel.lastFailureReason, channel.lastFailureDetail]
                    .filter(Boolean)
                    .join(" · ")}
                </span>
              )}
            </td>
            <td className="num">{format.count(channel.waitingCount)}</td>
            <td className="num">{format.count(channel.givenUpCount)}</td>
          </tr>
        ))}
      </tbody>
    </PlainTable>
  );
}

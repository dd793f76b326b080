// Dead letters: what was refused, why, at which field, and what came of replaying it. A bulk replay
// runs in the gateway: it goes on when this tab closes.
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { ingest } from "../../api/clients.ts";
import { describeError } from "../../api/errors.ts";
import { useActionsRefused } from "../../app/badge.tsx";
import {
  type DeadLetter,
  type DeadLetterReplay,
  LetterReplayState,
  ReplayState,
} from "../../gen/proto/bellwether/ingest/v1/ingest_service_pb.js";
import { serviceName } from "../../shared/names.ts";
import { useSettings } from "../../shared/settings.ts";
import { type TextId, useFormat, useText } from "../../shared/texts.ts";
import { Button } from "../../shared/ui/button.tsx";
import { Pill, PillRow, Separator } from "../../shared/ui/pill.tsx";
import { Empty, Failed, Loading } from "../../shared/ui/states.tsx";
import { type Column, Table } from "../../shared/ui/table.tsx";
import { Tag } from "../../shared/ui/tag.tsx";
import { toast } from "../../shared/ui/toasts.tsx";
import { LetterPanel } from "./letter_panel.tsx";
import type { SystemSearch } from "./route.ts";
import styles from "./system.module.css";

const PAGE_SIZE = 500;
const REFRESH_MS = 5_000;
const idOf = (letter: DeadLetter) => letter.name;
const shortId = (name: string) => name.replace(/^deadLetters\//, "");

export function Letters({
  search,
  change,
}: {
  search: SystemSearch;
  change: (part: Partial<SystemSearch>) => void;
}) {
  const t = useText();
  const query = useQuery({
    queryKey: ["letters"],
    queryFn: () => ingest.listDeadLetters({ pageSize: PAGE_SIZE }),
    refetchInterval: REFRESH_MS,
  });
  const all = query.data?.deadLetters ?? [];
  const reasons = [...new Set(all.map((each) => each.rejection?.reason ?? ""))]
    .filter(Boolean)
    .sort();
  const shown = useMemo(
    () =>
      all.filter(
        (each) =>
          (!search.reason || each.rejection?.reason === search.reason) &&
          (search.replayed === "yes" || !each.replayed),
      ),
    [all, search.reason, search.replayed],
  );
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const columns = useColumns(chosen, (id) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  });
  const open = all.find((each) => shortId(each.name) === search.letter);
  return (
    <div className={styles.letters}>
      <div className={styles.tabs}>
        <PillRow label={t("board.filter")}>
          {reasons.map((reason) => (
            <Pill
              key={reason}
              on={search.reason === reason}
              count={
                all.filter(
                  (each) =>
                    each.rejection?.reason === reason &&
                    (search.replayed === "yes" || !each.replayed),
                ).length
              }
              onPress={() => change({ reason: search.reason === reason ? undefined : reason })}
            >
              {reason}
            </Pill>
          ))}
          <Separator />
          <Pill
            on={search.replayed === "yes"}
            onPress={() => change({ replayed: search.replayed ? undefined : "yes" })}
          >
            {t("letters.withReplayed")}
          </Pill>
        </PillRow>
        <Replay chosen={[...chosen]} shown={shown} done={() => setChosen(new Set())} />
      </div>
      <Replays />
      {query.isError && (
        <Failed what={t("system.letters")} error={query.error} again={() => query.refetch()} />
      )}
      {query.isPending ? (
        <Loading rows={10} />
      ) : (
        <Table
          label={t("system.letters")}
          rows={shown}
          columns={columns}
          idOf={idOf}
          rowHeight={36}
          currentId={open?.name}
          onOpen={(letter) => change({ letter: shortId(letter.name) })}
          keys={{
            x: (_, id) => {
              const next = new Set(chosen);
              if (!next.delete(id)) next.add(id);
              setChosen(next);
            },
          }}
          empty={<Empty title={t("letters.none")} note={t("letters.noneNote")} />}
        />
      )}
      {open && <LetterPanel letter={open} close={() => change({ letter: undefined })} />}
    </div>
  );
}

function Replay({
  chosen,
  shown,
  done,
}: {
  chosen: string[];
  shown: readonly DeadLetter[];
  done: () => void;
}) {
  const t = useText();
  const queries = useQueryClient();
  const notLive = useActionsRefused();
  const { principal } = useSettings();
  const names = chosen.length > 0 ? chosen : shown.filter((each) => !each.replayed).map(idOf);
  const start = useMutation({
    mutationFn: () => ingest.startDeadLetterReplay({ names, requestId: crypto.randomUUID() }),
    onSuccess: () => {
      done();
      void queries.invalidateQueries({ queryKey: ["letters"] });
      void queries.invalidateQueries({ queryKey: ["replays"] });
    },
    onError: (error) => toast({ kind: "failed", text: describeError(error).message }),
  });
  const refused =
    notLive ??
    (principal === ""
      ? t("board.whoFirst")
      : names.length === 0
        ? t("letters.nothingToReplay")
        : undefined);
  return (
    <Button kind="main" disabledBecause={refused} onPress={() => start.mutate()}>
      {t(chosen.length > 0 ? "letters.replayChosen" : "letters.replayAll", { count: names.length })}
    </Button>
  );
}

function Replays() {
  const t = useText();
  const query = useQuery({
    queryKey: ["replays"],
    queryFn: () => ingest.listDeadLetterReplays({ pageSize: 3 }),
    refetchInterval: REFRESH_MS,
  });
  if (query.isError) return <Failed what={t("letters.replays")} error={query.error} />;
  if (!query.data || query.data.replays.length === 0) return null;
  return (
    <ul className={styles.replays} aria-label={t("letters.replays")}>
      {query.data.replays.map((replay) => (
        <ReplayLine key={replay.name} replay={replay} />
      ))}
    </ul>
  );
}

function ReplayLine({ replay }: { replay: DeadLetterReplay }) {
  const t = useText();
  const format = useFormat();
  const queries = useQueryClient();
  const refused = useActionsRefused();
  const running = replay.state === ReplayState.RUNNING;
  const cancel = useMutation({
    mutationFn: () => ingest.cancelDeadLetterReplay({ name: replay.name }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["replays"] }),
  });
  return (
    <li>
      <Tag tone={running ? "accent" : "plain"}>
        {t(`replay.${ReplayState[replay.state]}` as TextId)}
      </Tag>
      <span>
        {replay.startTime && format.instant(timestampMs(replay.startTime))} · {replay.principal}
      </span>
      <span className="muted">
        {t("replay.counts", {
          accepted: Number(replay.acceptedCount),
          refused: Number(replay.refusedCount),
          passed: Number(replay.passedOverCount),
          left: Number(replay.leftCount),
        })}
        {replay.waitingFor && ` · ${replay.waitingFor}`}
      </span>
      {running && (
        <Button kind="quiet" disabledBecause={refused} onPress={() => cancel.mutate()}>
          {t("ui.cancel")}
        </Button>
      )}
    </li>
  );
}

function useColumns(
  chosen: ReadonlySet<string>,
  choose: (id: string) => void,
): Column<DeadLetter>[] {
  const t = useText();
  const format = useFormat();
  return [
    {
      key: "choose",
      head: "",
      width: "40px",
      cell: (letter) => (
        <input
          type="checkbox"
          tabIndex={-1}
          aria-label={t("letters.choose", { name: shortId(letter.name) })}
          checked={chosen.has(letter.name)}
          onChange={() => choose(letter.name)}
        />
      ),
    },
    {
      key: "time",
      head: t("letters.since"),
      width: "150px",
      cell: (letter) => letter.deadTime && format.instant(timestampMs(letter.deadTime)),
    },
    {
      key: "reason",
      head: t("letters.reason"),
      width: "210px",
      cut: true,
      cell: (letter) => <b>{letter.rejection?.reason}</b>,
    },
    {
      key: "field",
      head: t("letters.field"),
      cut: true,
      cell: (letter) => letter.rejection?.field ?? "",
    },
    {
      key: "account",
      head: t("letters.account"),
      width: "160px",
      cut: true,
      cell: (letter) => letter.key || "–",
    },
    {
      key: "by",
      head: t("letters.refusedBy"),
      width: "110px",
      cell: (letter) => serviceName(letter.refusedBy, t),
    },
    {
      key: "replay",
      head: t("letters.lastReplay"),
      width: "230px",
      cut: true,
      cell: (letter) => <LastReplay letter={letter} />,
    },
  ];
}

export function LastReplay({ letter }: { letter: DeadLetter }) {
  const t = useText();
  const last = letter.lastReplay;
  if (!last) return <>{letter.replayed ? t("replay.accepted") : "–"}</>;
  return (
    <>
      <Tag tone={last.state === LetterReplayState.ACCEPTED ? "green" : "yellow"}>
        {t(last.state === LetterReplayState.ACCEPTED ? "replay.accepted" : "replay.refused")}
      </Tag>{" "}
      <span className="muted">{last.principal}</span>
    </>
  );
}

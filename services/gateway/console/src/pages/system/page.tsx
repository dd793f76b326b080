// Dead letters: what was refused, why and at which field; one by one they are checked again.
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { ingest } from "../../api/clients.ts";
import { PageHeader } from "../../app/page_header.tsx";
import { useSearchState } from "../../app/search.ts";
import type { DeadLetter } from "../../gen/proto/bellwether/ingest/v1/ingest_service_pb.js";
import { NONE } from "../../shared/format.ts";
import { useFormat, useText } from "../../shared/texts.ts";
import { Pill, PillRow, Separator } from "../../shared/ui/pill.tsx";
import { Empty, Failed, Loading } from "../../shared/ui/states.tsx";
import { type Column, Table } from "../../shared/ui/table.tsx";
import { Tag } from "../../shared/ui/tag.tsx";
import { LetterPanel } from "./letter_panel.tsx";
import { type SystemSearch, systemRoute } from "./route.ts";
import styles from "./system.module.css";

const PAGE_SIZE = 500;
const REFRESH_MS = 10_000;
const idOf = (letter: DeadLetter) => letter.name;
const shortId = (name: string) => name.replace(/^deadLetters\//, "");

export function SystemPage() {
  const t = useText();
  const [search, change] = useSearchState<SystemSearch>(systemRoute);
  const query = useQuery({
    queryKey: ["letters"],
    queryFn: () => ingest.listDeadLetters({ pageSize: PAGE_SIZE }),
    refetchInterval: REFRESH_MS,
  });
  const all = useMemo(() => query.data?.deadLetters ?? [], [query.data]);
  const wanted = useMemo(
    () => all.filter((each) => search.replayed === "yes" || !each.replayed),
    [all, search.replayed],
  );
  const reasons = [...new Set(all.map(reasonOf))].filter(Boolean).sort();
  const shown = useMemo(
    () => wanted.filter((each) => !search.reason || reasonOf(each) === search.reason),
    [wanted, search.reason],
  );
  const columns = useColumns();
  const open = all.find((each) => shortId(each.name) === search.letter);
  return (
    <div className={styles.page}>
      <PageHeader title={t("system.letters")} />
      <div className={styles.tabs}>
        <PillRow label={t("board.filter")}>
          {reasons.map((reason) => (
            <Pill
              key={reason}
              on={search.reason === reason}
              count={wanted.filter((each) => reasonOf(each) === reason).length}
              onPress={() => change({ reason: search.reason === reason ? undefined : reason })}
            >
              {reason}
            </Pill>
          ))}
          {reasons.length > 0 && <Separator />}
          <Pill
            on={search.replayed === "yes"}
            onPress={() => change({ replayed: search.replayed ? undefined : "yes" })}
          >
            {t("letters.withReplayed")}
          </Pill>
        </PillRow>
      </div>
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
          empty={<Empty title={t("letters.none")} note={t("letters.noneNote")} />}
        />
      )}
      {open && <LetterPanel letter={open} close={() => change({ letter: undefined })} />}
    </div>
  );
}

const reasonOf = (letter: DeadLetter) => letter.rejection?.reason ?? "";

function useColumns(): Column<DeadLetter>[] {
  const t = useText();
  const format = useFormat();
  return useMemo(
    () => [
      {
        key: "time",
        head: t("letters.since"),
        width: "160px",
        cell: (letter) => letter.deadTime && format.instant(timestampMs(letter.deadTime)),
      },
      {
        key: "reason",
        head: t("letters.reason"),
        width: "230px",
        cut: true,
        cell: (letter) => <b>{reasonOf(letter)}</b>,
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
        width: "180px",
        cut: true,
        cell: (letter) => letter.key || NONE,
      },
      {
        key: "by",
        head: t("letters.refusedBy"),
        width: "120px",
        cell: (letter) => letter.refusedBy,
      },
      {
        key: "replay",
        head: t("letters.lastReplay"),
        width: "130px",
        cell: (letter) => (letter.replayed ? <Tag tone="green">{t("replay.accepted")}</Tag> : NONE),
      },
    ],
    [t, format],
  );
}

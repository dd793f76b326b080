import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { alertId, alertName } from "../../app/addresses.ts";
import { PageHeader } from "../../app/page_header.tsx";
import { useSearchState } from "../../app/search.ts";
import { AlertState, TimelineKind } from "../../gen/proto/bellwether/alerts/v1/alert_pb.js";
import type { OpenAlert } from "../../live/alert_book.ts";
import { openAlerts } from "../../live/live.ts";
import { useNarrow, useTight } from "../../shared/media.ts";
import { useSettings } from "../../shared/settings.ts";
import { useStore } from "../../shared/store.ts";
import { useText } from "../../shared/texts.ts";
import { Button } from "../../shared/ui/button.tsx";
import { Empty, Loading } from "../../shared/ui/states.tsx";
import { Table } from "../../shared/ui/table.tsx";
import { undoLatest } from "../../shared/ui/toasts.tsx";
import { filterAlerts, isSilenced } from "./alert_filter.ts";
import styles from "./board.module.css";
import { useColumns } from "./columns.tsx";
import { useBoardCommands } from "./commands.ts";
import { Facets } from "./facets.tsx";
import { AlertPanel } from "./panel.tsx";
import { type BoardSearch, boardRoute } from "./route.ts";
import { SilenceForm } from "./silence_form.tsx";
import { SilenceList } from "./silence_list.tsx";
import { silencesQuery } from "./silences.ts";

const NARROW_ROW = 66;
const WIDE_ROW = 44;

const idOf = (row: OpenAlert) => row.alert.name;

export function BoardPage() {
  const t = useText();
  const [search, change] = useSearchState<BoardSearch>(boardRoute);
  const { byName, complete } = useStore(openAlerts);
  const { principal } = useSettings();
  const silences = useQuery(silencesQuery).data?.silences;
  const narrow = useNarrow();
  const tight = useTight();
  const commands = useBoardCommands();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const context = useMemo(() => ({ principal, silences: silences ?? [] }), [principal, silences]);
  const rows = useMemo(
    () => filterAlerts(byName.values(), search, context),
    [byName, search, context],
  );
  const choose = useCallback((id: string) => {
    setChosen((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  }, []);
  const beside = Boolean(search.alert || search.panel);
  const columns = useColumns({ narrow, beside, tight, chosen, choose, search, change, context });
  const current = search.alert ? alertName(search.alert) : undefined;
  const open = useCallback(
    (row: OpenAlert) => change({ alert: alertId(row.alert.name), panel: undefined }),
    [change],
  );
  const follow = useCallback(
    (id: string | undefined) => {
      if (id && current && id !== current && byName.has(id)) change({ alert: alertId(id) }, true);
    },
    [change, current, byName],
  );
  const keys = {
    a: (row: OpenAlert) => commands.acknowledge(row.alert),
    x: (_: OpenAlert, id: string) => choose(id),
    s: (row: OpenAlert) => change({ alert: alertId(row.alert.name), panel: "silence" }),
    u: () => void undoLatest(),
  };
  const chosenAlerts = [...chosen].flatMap((id) => byName.get(id)?.alert ?? []);
  const closePanel = () => change({ alert: undefined, panel: undefined });
  return (
    <div className={styles.page}>
      <div className={styles.list}>
        <PageHeader
          title={t("board.title")}
          actions={
            <Button
              pressed={search.panel === "silences"}
              onPress={() =>
                change({ panel: search.panel === "silences" ? undefined : "silences" })
              }
            >
              {t("silence.list")} {context.silences.length}
            </Button>
          }
        />
        <Facets rows={byName} search={search} change={change} context={context} />
        {chosenAlerts.length > 0 && (
          <div className={styles.bulk} role="toolbar" aria-label={t("board.selection")}>
            <b>{t("board.selected", { count: chosenAlerts.length })}</b>
            <Button
              kind="main"
              disabledBecause={commands.refused}
              onPress={async () => {
                await commands.acknowledgeAll(chosenAlerts);
                setChosen(new Set());
              }}
            >
              {t("board.acknowledge")}
            </Button>
            <Button kind="quiet" onPress={() => setChosen(new Set())}>
              {t("board.clearSelection")}
            </Button>
          </div>
        )}
        {complete ? (
          <Table
            label={t("board.title")}
            rows={rows}
            columns={columns}
            idOf={idOf}
            rowHeight={narrow ? NARROW_ROW : WIDE_ROW}
            currentId={current}
            onOpen={open}
            onFocusRow={follow}
            keys={keys}
            rowClass={(row) => rowClass(row, context)}
            above={(count, show) => (
              <button type="button" className={styles.above} onClick={show}>
                {t("board.newAbove", { count })}
              </button>
            )}
            empty={
              <Empty
                title={byName.size === 0 ? t("board.nothingOpen") : t("board.nothingMatches")}
                note={
                  byName.size === 0 ? t("board.nothingOpenNote") : t("board.nothingMatchesNote")
                }
              >
                {byName.size > 0 && (
                  <Button onPress={() => change(NO_FILTER)}>{t("board.clearFilter")}</Button>
                )}
              </Empty>
            }
          />
        ) : (
          <div className={styles.waiting}>
            <Loading rows={12} />
          </div>
        )}
      </div>
      {search.panel === "silences" ? (
        <aside className={styles.panel} aria-label={t("silence.list")}>
          <SilenceList close={closePanel} />
        </aside>
      ) : search.panel === "silence" ? (
        <aside className={styles.panel} aria-label={t("silence.new")}>
          <SilenceForm
            key={current}
            of={current ? byName.get(current)?.alert : undefined}
            close={() => change({ panel: undefined })}
          />
        </aside>
      ) : (
        current && (
          <aside className={styles.panel} aria-label={t("board.panel")}>
            <AlertPanel
              key={current}
              name={current}
              live={byName.get(current)}
              commands={commands}
              close={closePanel}
              silence={() => change({ panel: "silence" })}
            />
          </aside>
        )
      )}
    </div>
  );
}

const NO_FILTER: Partial<BoardSearch> = {
  level: undefined,
  tier: undefined,
  rule: undefined,
  with: undefined,
  mine: undefined,
  state: undefined,
  silenced: undefined,
};

function rowClass(row: OpenAlert, context: { silences: Parameters<typeof isSilenced>[1] }): string {
  return [
    row.alert.state === AlertState.ACKNOWLEDGED && styles.acknowledged,
    isJustRaised(row) && styles.raised,
    isSilenced(row.alert, context.silences) && styles.silenced,
  ]
    .filter(Boolean)
    .join(" ");
}

// A rise of the level stands out until somebody takes it.
function isJustRaised({ alert, entry }: OpenAlert): boolean {
  return entry?.kind === TimelineKind.LEVEL_RAISED && alert.state === AlertState.FIRING;
}

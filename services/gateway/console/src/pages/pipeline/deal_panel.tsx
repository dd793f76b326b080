import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { opportunities } from "../../api/clients.ts";
import { describeError } from "../../api/errors.ts";
import { accountId, addresses } from "../../app/addresses.ts";
import { useActionsRefused } from "../../app/badge.tsx";
import { Link } from "../../app/link.tsx";
import {
  type Opportunity,
  State,
} from "../../gen/proto/bellwether/opportunities/v1/opportunities_service_pb.js";
import { NONE } from "../../shared/format.ts";
import { LOSS_REASONS, STAGES, stageName } from "../../shared/stages.ts";
import { type TextId, useFormat, useText } from "../../shared/texts.ts";
import { Button } from "../../shared/ui/button.tsx";
import { Drawer } from "../../shared/ui/drawer.tsx";
import { Field } from "../../shared/ui/field.tsx";
import { Loaded } from "../../shared/ui/part.tsx";
import { toast } from "../../shared/ui/toasts.tsx";
import { type Act, advanceTo, isConflict, lose, win } from "./commands.ts";
import { accountNamesQuery, baseAmount, dealName } from "./deals.ts";
import styles from "./pipeline.module.css";

export function DealPanel({ id, close }: { id: string; close: () => void }) {
  const t = useText();
  const name = dealName(id);
  const query = useQuery({
    queryKey: ["opportunities", "one", name],
    queryFn: () => opportunities.getOpportunity({ name }),
  });
  return (
    <Drawer title={query.data?.title || id} close={close}>
      <Loaded what={t("pipeline.deal")} query={query}>
        {(deal) => (
          <>
            <Facts deal={deal} />
            {deal.state === State.OPEN && <Actions deal={deal} />}
          </>
        )}
      </Loaded>
    </Drawer>
  );
}

function Facts({ deal }: { deal: Opportunity }) {
  const t = useText();
  const format = useFormat();
  const names = useQuery(accountNamesQuery).data;
  const day = (at: Opportunity["engageTime"]) =>
    at ? format.day(format.isoDay(timestampMs(at))) : NONE;
  return (
    <dl className={styles.facts}>
      <dt>{t("pipeline.account")}</dt>
      <dd>
        {deal.account ? (
          <Link className="link" to={addresses.account(accountId(deal.account))}>
            {names?.get(deal.account) ?? accountId(deal.account)}
          </Link>
        ) : (
          NONE
        )}
      </dd>
      <dt>{t("pipeline.stage")}</dt>
      <dd>
        {deal.state === State.OPEN
          ? stageName(deal.stage, t)
          : t(deal.state === State.WON ? "pipeline.won" : "pipeline.lost")}
      </dd>
      <dt>{t("pipeline.amount")}</dt>
      <dd>
        {deal.amount ? `${format.money(baseAmount(deal))} ${format.currency}` : NONE}
        {deal.amount && deal.amount.currencyCode !== format.currency && (
          <span className="muted"> {deal.amount.currencyCode}</span>
        )}
      </dd>
      <dt>{t("pipeline.owner")}</dt>
      <dd>{deal.owner || NONE}</dd>
      <dt>{t("pipeline.product")}</dt>
      <dd>{deal.product || NONE}</dd>
      <dt>{t("pipeline.source")}</dt>
      <dd>{deal.source || NONE}</dd>
      <dt>{t("pipeline.engaged")}</dt>
      <dd>{day(deal.engageTime)}</dd>
      {deal.closeTime && (
        <>
          <dt>{t("pipeline.closed")}</dt>
          <dd>{day(deal.closeTime)}</dd>
        </>
      )}
      {deal.lossReason && (
        <>
          <dt>{t("pipeline.lossReason")}</dt>
          <dd>{lossName(deal.lossReason, t)}</dd>
        </>
      )}
    </dl>
  );
}

const lossName = (code: string, t: ReturnType<typeof useText>) =>
  (LOSS_REASONS as readonly string[]).includes(code) ? t(`loss.${code}` as TextId) : code;

function Actions({ deal }: { deal: Opportunity }) {
  const t = useText();
  const refused = useActionsRefused();
  const queries = useQueryClient();
  const [stage, setStage] = useState("");
  const [reason, setReason] = useState<string>(LOSS_REASONS[0]);
  const [theirs, setTheirs] = useState<Opportunity>();
  const act = useMutation({
    mutationFn: (what: Act) => what(deal),
    onSuccess: (now) => {
      queries.setQueryData(["opportunities", "one", deal.name], now);
      setStage("");
      return queries.invalidateQueries({ queryKey: ["opportunities", "all"] });
    },
    onError: async (error) => {
      if (isConflict(error)) setTheirs(await opportunities.getOpportunity({ name: deal.name }));
      else toast({ kind: "failed", text: describeError(error).message });
    },
  });
  const at = STAGES.indexOf(deal.stage as (typeof STAGES)[number]);
  return (
    <div className={styles.actions}>
      {theirs && (
        <Conflict
          mine={deal}
          theirs={theirs}
          take={() => {
            queries.setQueryData(["opportunities", "one", deal.name], theirs);
            setTheirs(undefined);
          }}
        />
      )}
      <Field label={t("pipeline.moveTo")} note={t("pipeline.onlyLater")}>
        <select value={stage} onChange={(event) => setStage(event.target.value)}>
          <option value="">{stageName(deal.stage, t)}</option>
          {STAGES.map((each, index) => (
            <option key={each} value={each} disabled={index <= at}>
              {stageName(each, t)}
            </option>
          ))}
        </select>
      </Field>
      <Button
        kind="main"
        disabledBecause={refused ?? (stage === "" ? t("pipeline.chooseStage") : undefined)}
        onPress={() => act.mutate(advanceTo(stage))}
      >
        {t("pipeline.move")}
      </Button>
      <hr />
      <Button disabledBecause={refused} onPress={() => act.mutate(win)}>
        {t("pipeline.win")}
      </Button>
      <Field label={t("pipeline.lossReason")}>
        <select value={reason} onChange={(event) => setReason(event.target.value)}>
          {LOSS_REASONS.map((each) => (
            <option key={each} value={each}>
              {t(`loss.${each}` as TextId)}
            </option>
          ))}
        </select>
      </Field>
      <Button kind="danger" disabledBecause={refused} onPress={() => act.mutate(lose(reason))}>
        {t("pipeline.lose")}
      </Button>
    </div>
  );
}

// Somebody else was quicker: what was shown beside what is true now.
function Conflict({
  mine,
  theirs,
  take,
}: {
  mine: Opportunity;
  theirs: Opportunity;
  take: () => void;
}) {
  const t = useText();
  const format = useFormat();
  const fields: [TextId, (deal: Opportunity) => string][] = [
    ["pipeline.stage", (deal) => stageName(deal.stage, t)],
    ["pipeline.amount", (deal) => format.money(baseAmount(deal))],
    ["pipeline.owner", (deal) => deal.owner],
    ["pipeline.product", (deal) => deal.product],
    ["pipeline.deal", (deal) => deal.title],
  ];
  return (
    <div className={styles.conflict} role="alert">
      <b>{t("pipeline.conflict")}</b>
      <table>
        <thead>
          <tr>
            <th />
            <th scope="col">{t("pipeline.shown")}</th>
            <th scope="col">{t("pipeline.nowIs")}</th>
          </tr>
        </thead>
        <tbody>
          {fields
            .filter(([, of]) => of(mine) !== of(theirs))
            .map(([label, of]) => (
              <tr key={label}>
                <th scope="row">{t(label)}</th>
                <td>{of(mine)}</td>
                <td>{of(theirs)}</td>
              </tr>
            ))}
        </tbody>
      </table>
      <Button onPress={take}>{t("pipeline.takeTheirs")}</Button>
    </div>
  );
}

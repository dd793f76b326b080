// The field of find.tsx itself: finds accounts, people and deals by a part of their name, and leads to them.
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { ComboBox, Input, ListBox, ListBoxItem, Popover } from "react-aria-components";
import { accounts, opportunities } from "../api/clients.ts";
import { useText } from "../shared/texts.ts";
import { accountId, addresses } from "./addresses.ts";
import styles from "./find_box.module.css";

const PAGE_SIZE = 1_000;
const SHOWN_MOST = 12;

interface Found {
  id: string;
  kind: "account" | "person" | "deal";
  name: string;
  note: string;
  to: string;
}

export function FindBox({ autoFocus }: { autoFocus: boolean }) {
  const t = useText();
  const router = useRouter();
  const [text, setText] = useState("");
  const all = useFindable();
  const needle = text.trim().toLowerCase();
  const found = useMemo(
    () =>
      needle === ""
        ? []
        : all
            .filter((each) => `${each.name} ${each.note}`.toLowerCase().includes(needle))
            .slice(0, SHOWN_MOST),
    [all, needle],
  );
  return (
    <ComboBox
      aria-label={t("find.label")}
      items={found}
      inputValue={text}
      onInputChange={setText}
      selectedKey={null}
      onSelectionChange={(key) => {
        const chosen = found.find((each) => each.id === key);
        if (!chosen) return;
        setText("");
        router.history.push(chosen.to);
      }}
      menuTrigger="input"
      allowsEmptyCollection={false}
      className={styles.find}
    >
      <Input autoFocus={autoFocus} placeholder={t("find.label")} className={styles.input} />
      <Popover className={styles.popover}>
        <ListBox className={styles.list}>
          {(each: Found) => (
            <ListBoxItem id={each.id} textValue={each.name} className={styles.item}>
              <span>{each.name}</span>
              <span className="muted">
                {t(`find.${each.kind}`)}
                {each.note && ` · ${each.note}`}
              </span>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  );
}

function useFindable(): Found[] {
  const accountList = useQuery({
    queryKey: ["accounts", "find"],
    queryFn: () => accounts.listAccounts({ pageSize: PAGE_SIZE }),
    staleTime: 60_000,
  });
  const deals = useQuery({
    queryKey: ["opportunities", "find"],
    queryFn: () => opportunities.listOpportunities({ pageSize: PAGE_SIZE, state: 1 }),
    staleTime: 60_000,
  });
  return useMemo(() => {
    const known = accountList.data?.accounts ?? [];
    const people = new Set(known.flatMap((each) => (each.owner ? [each.owner] : [])));
    const nameOf = new Map(known.map((each) => [each.name, each.shortName || each.legalName]));
    return [
      ...known.map((each) => ({
        id: each.name,
        kind: "account" as const,
        name: each.shortName || each.legalName,
        note: accountId(each.name),
        to: addresses.account(accountId(each.name)),
      })),
      ...[...people].sort().map((who) => ({
        id: `people/${who}`,
        kind: "person" as const,
        name: who,
        note: "",
        to: addresses.board({ with: who }),
      })),
      ...(deals.data?.opportunities ?? []).map((each) => ({
        id: each.name,
        kind: "deal" as const,
        name: each.title || each.name.replace(/^opportunities\//, ""),
        note: nameOf.get(each.account) ?? "",
        to: addresses.opportunities({ deal: each.name.replace(/^opportunities\//, "") }),
      })),
    ];
  }, [accountList.data, deals.data]);
}

// The mapping as text: the proposal, one that ships, or what a person made of it.
import { useMutation, useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { describeError } from "../../api/errors.ts";
import { imports } from "../../api/imports.ts";
import type { MappingFault } from "../../gen/proto/bellwether/imports/v1/imports_service_pb.js";
import { useText } from "../../shared/texts.ts";
import { Button } from "../../shared/ui/button.tsx";
import { Field } from "../../shared/ui/field.tsx";
import { Card } from "../../shared/ui/part.tsx";
import { toast } from "../../shared/ui/toasts.tsx";
import styles from "./data.module.css";
import { mappingsQuery } from "./queries.ts";

const LINES_LEAST = 10;
const LINES_MOST = 28;

export function MappingCard({
  text,
  setText,
  proposal,
  faults,
}: {
  text: string;
  setText: (text: string) => void;
  proposal: string | undefined;
  faults: readonly MappingFault[];
}) {
  const t = useText();
  const area = useRef<HTMLTextAreaElement>(null);
  const lines = text.split("\n").length + 1;
  return (
    <Card title={t("mapping.title")}>
      <div className={styles.stack}>
        <div className={styles.reading}>
          <Shipped setText={setText} />
          {proposal !== undefined && text !== proposal && (
            <Button onPress={() => setText(proposal)}>{t("mapping.proposal")}</Button>
          )}
        </div>
        <Field label={t("mapping.text")} note={t("mapping.note")}>
          <textarea
            ref={area}
            className={styles.yaml}
            value={text}
            spellCheck={false}
            rows={Math.min(LINES_MOST, Math.max(LINES_LEAST, lines))}
            onChange={(event) => setText(event.target.value)}
          />
        </Field>
        {faults.length > 0 && (
          <ul className={styles.faults} role="alert" aria-label={t("mapping.faults")}>
            {faults.map((fault, at) => (
              <li key={at}>
                {fault.line > 0 && (
                  <button
                    type="button"
                    className="link"
                    onClick={() => goTo(area.current, fault.line, fault.column)}
                  >
                    {t("mapping.at", { line: fault.line, column: fault.column })}
                  </button>
                )}{" "}
                <span lang="en">{fault.message}</span>{" "}
                {fault.field && <span className="muted">{fault.field}</span>}
              </li>
            ))}
          </ul>
        )}
      </div>
    </Card>
  );
}

function goTo(area: HTMLTextAreaElement | null, line: number, column: number): void {
  if (!area) return;
  const before = area.value.split("\n").slice(0, line - 1);
  const begin = before.reduce((sum, each) => sum + each.length + 1, 0);
  const end = area.value.indexOf("\n", begin);
  area.focus();
  area.setSelectionRange(
    begin + Math.max(0, column - 1),
    end < 0 ? area.value.length : Math.max(end, begin + column - 1),
  );
}

function Shipped({ setText }: { setText: (text: string) => void }) {
  const t = useText();
  const mappings = useQuery(mappingsQuery).data?.mappings ?? [];
  const take = useMutation({
    mutationFn: (name: string) => imports.getMapping({ name }),
    onSuccess: (mapping) => setText(mapping.text),
    onError: (error) => toast({ kind: "failed", text: describeError(error).message }),
  });
  if (mappings.length === 0) return null;
  return (
    <Field label={t("mapping.shipped")}>
      <select value="" onChange={(event) => event.target.value && take.mutate(event.target.value)}>
        <option value="">{t("mapping.chooseShipped")}</option>
        {mappings.map((each) => (
          <option key={each.name} value={each.name} title={each.description}>
            {each.title || each.name}
          </option>
        ))}
      </select>
    </Field>
  );
}

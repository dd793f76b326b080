import { type RefObject, useState } from "react";
import { Dialog, Popover } from "react-aria-components";
import { openAlerts } from "../live/live.ts";
import {
  type Language,
  type Settings,
  settings,
  type Theme,
  useSettings,
} from "../shared/settings.ts";
import { useStore } from "../shared/store.ts";
import { useText } from "../shared/texts.ts";
import { Field, keepComposition } from "../shared/ui/field.tsx";
import { Pill, PillRow } from "../shared/ui/pill.tsx";
import styles from "./profile.module.css";

const THEMES: Theme[] = ["system", "light", "dark"];
const LANGUAGES: { key: Language; name: string }[] = [
  { key: "en", name: "English" },
  { key: "zh", name: "中文" },
];

export function ProfileDialog({
  trigger,
  onClose,
}: {
  trigger: RefObject<HTMLElement | null>;
  onClose: () => void;
}) {
  const t = useText();
  return (
    <Popover
      isOpen
      triggerRef={trigger}
      placement="top start"
      className={styles.popover}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Dialog aria-label={t("profile.title")} className={styles.dialog}>
        <Who />
        <Look />
        <Attention />
      </Dialog>
    </Popover>
  );
}

function Who() {
  const t = useText();
  const { principal } = useSettings();
  const [name, setName] = useState(principal);
  const people = useKnownPeople();
  const save = (who: string) => {
    setName(who);
    settings.change({ principal: who.trim() });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save(name);
      }}
    >
      <Field label={t("profile.who")} note={t("profile.whoNote")}>
        <input
          value={name}
          onChange={(event) => setName(event.target.value)}
          onKeyDown={keepComposition}
          onBlur={() => save(name)}
          autoComplete="off"
          spellCheck={false}
          maxLength={64}
        />
      </Field>
      {people.length > 0 && (
        <div className={styles.people}>
          {people.map((each) => (
            <Pill key={each} on={each === principal} onPress={() => save(each)}>
              {each}
            </Pill>
          ))}
        </div>
      )}
    </form>
  );
}

// Those who have most of what is open.
function useKnownPeople(): string[] {
  const { byName } = useStore(openAlerts);
  const counts = new Map<string, number>();
  for (const { alert } of byName.values())
    if (alert.assignee) counts.set(alert.assignee, (counts.get(alert.assignee) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, 6)
    .map(([who]) => who);
}

function Look() {
  const t = useText();
  const { theme, language } = useSettings();
  return (
    <>
      <PillRow label={t("profile.language")}>
        {LANGUAGES.map(({ key, name }) => (
          <Pill key={key} on={key === language} onPress={() => settings.change({ language: key })}>
            <span lang={key === "zh" ? "zh-CN" : "en"}>{name}</span>
          </Pill>
        ))}
      </PillRow>
      <PillRow label={t("profile.theme")}>
        {THEMES.map((key) => (
          <Pill key={key} on={key === theme} onPress={() => settings.change({ theme: key })}>
            {t(`profile.theme.${key}` as "profile.theme.dark")}
          </Pill>
        ))}
      </PillRow>
    </>
  );
}

function Attention() {
  const t = useText();
  const { shortcuts, sound, notices } = useSettings();
  const turn = (part: Partial<Settings>) => settings.change(part);
  const askNotices = async (on: boolean) => {
    const allowed =
      !on ||
      (typeof Notification !== "undefined" &&
        (await Notification.requestPermission()) === "granted");
    turn({ notices: on && allowed });
  };
  return (
    <div className={styles.checks}>
      <Check on={shortcuts} onChange={(on) => turn({ shortcuts: on })}>
        {t("profile.shortcuts")}
      </Check>
      <Check on={sound} onChange={(on) => turn({ sound: on })}>
        {t("profile.sound")}
      </Check>
      <Check on={notices} onChange={askNotices}>
        {t("profile.notices")}
      </Check>
    </div>
  );
}

function Check({
  on,
  onChange,
  children,
}: {
  on: boolean;
  onChange: (on: boolean) => void;
  children: string;
}) {
  return (
    <label>
      <input type="checkbox" checked={on} onChange={(event) => onChange(event.target.checked)} />
      {children}
    </label>
  );
}

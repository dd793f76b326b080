import { useEffect, useState } from "react";
import { serverNow } from "../../shared/server_time.ts";
import { useFormat, useText } from "../../shared/texts.ts";
import { daysBefore, daysBetween } from "../../shared/zone_time.ts";
import styles from "./account.module.css";

const DAYS_MOST = 180;
// The page is asked for anew once the hand rests.
const REST_MS = 150;

export function AsOfSlider({
  day,
  change,
}: {
  day: string | undefined;
  change: (day: string | undefined) => void;
}) {
  const t = useText();
  const format = useFormat();
  const today = format.isoDay(serverNow());
  const given = day ? Math.min(DAYS_MOST, Math.max(1, daysBetween(day, today))) : 0;
  const [back, setBack] = useState(given);
  useEffect(() => setBack(given), [given]);
  useEffect(() => {
    if (back === given) return;
    const timer = setTimeout(
      () => change(back === 0 ? undefined : daysBefore(today, back)),
      REST_MS,
    );
    return () => clearTimeout(timer);
  }, [back, given, change, today]);
  const shown = back === 0 ? t("account.now") : format.day(daysBefore(today, back));
  return (
    <label className={styles.asOf}>
      {t("account.asOfLabel")}
      <input
        type="range"
        min={-DAYS_MOST}
        max={0}
        value={-back}
        onChange={(event) => setBack(-Number(event.target.value))}
        aria-valuetext={shown}
      />
      <output>{shown}</output>
    </label>
  );
}

// One field that finds accounts, people and deals by a part of their name, and leads to them. What
// it needs is loaded when somebody turns to it.
import { lazy, Suspense, useState } from "react";
import { useText } from "../shared/texts.ts";
import styles from "./find_box.module.css";

const FindBox = lazy(() =>
  import("./find_box.tsx").then((module) => ({ default: module.FindBox })),
);

export function Find() {
  const [wanted, setWanted] = useState(false);
  const still = <StillInput onTurn={() => setWanted(true)} />;
  if (!wanted) return still;
  return (
    <Suspense fallback={still}>
      <FindBox autoFocus />
    </Suspense>
  );
}

function StillInput({ onTurn }: { onTurn: () => void }) {
  const t = useText();
  return (
    <input
      className={styles.input}
      aria-label={t("find.label")}
      placeholder={t("find.label")}
      onFocus={onTurn}
      onPointerEnter={() => void import("./find_box.tsx")}
      readOnly
    />
  );
}

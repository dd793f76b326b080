import { Level } from "../../gen/proto/bellwether/alerts/v1/rule_pb.js";
import { useText } from "../texts.ts";
import styles from "./level.module.css";

export const LEVELS = [Level.RED, Level.ORANGE, Level.YELLOW] as const;
export type LevelKey = "red" | "orange" | "yellow";

const KEYS: Record<number, LevelKey> = {
  [Level.RED]: "red",
  [Level.ORANGE]: "orange",
  [Level.YELLOW]: "yellow",
};
const SHAPES: Record<LevelKey, string> = {
  red: "M6 0l6 6-6 6-6-6z",
  orange: "M6 .8 12 11.4H0z",
  yellow: "M6 .8a5.2 5.2 0 1 0 0 10.4A5.2 5.2 0 0 0 6 .8z",
};

export const levelKey = (level: Level): LevelKey => KEYS[level] ?? "yellow";
export const levelOf = (key: LevelKey): Level =>
  key === "red" ? Level.RED : key === "orange" ? Level.ORANGE : Level.YELLOW;

// A shape and a word, never colour alone.
export function LevelMark({ level, upper = false }: { level: Level; upper?: boolean }) {
  const t = useText();
  const key = levelKey(level);
  const word = t(`level.${key}`);
  return (
    <span className={`${styles.level} ${styles[key]}`}>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        <path d={SHAPES[key]} fill="currentColor" />
      </svg>
      {upper ? word.toUpperCase() : word}
    </span>
  );
}

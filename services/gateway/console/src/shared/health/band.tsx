import { useQuery } from "@tanstack/react-query";
import { modelQuery } from "../deployment.ts";
import { titled, useLanguage } from "../texts.ts";
import styles from "./band.module.css";

// The bands of the model by rank: the best is a ring, the worst a diamond, those between a disc.
export function useBands() {
  const language = useLanguage();
  const bands = useQuery(modelQuery).data?.bands ?? [];
  return bands.map((band, index) => ({
    id: band.bandId,
    title: titled(band, language),
    tone: index === 0 ? "best" : index === bands.length - 1 ? "worst" : "between",
  }));
}

const SHAPES: Record<string, string> = { best: "○", between: "●", worst: "◆" };

export function BandMark({ id }: { id: string }) {
  const band = useBands().find((each) => each.id === id);
  if (!band) return <span>{id}</span>;
  return (
    <span className={`${styles.band} ${styles[band.tone]}`}>
      <span aria-hidden="true">{SHAPES[band.tone]}</span> {band.title}
    </span>
  );
}

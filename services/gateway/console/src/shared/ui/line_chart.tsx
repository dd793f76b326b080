// A line over days with marks on it, drawn by hand: no library, sharp in both themes. Whoever cannot
// see it reads its table twin, which the caller shows.
import { type RefObject, useId, useLayoutEffect, useRef, useState } from "react";
import styles from "./line_chart.module.css";

export interface ChartPoint {
  label: string;
  // Undefined where there is none: the line breaks.
  value: number | undefined;
  shown: string;
  // Drawn as a dot.
  mark?: { kind: "fact" | "model" | "restated"; text: string } | undefined;
  // Drawn hatched: little is known.
  unsure?: boolean;
}

const WIDTH_BEFORE = 640; // until it is measured
const PAD = { top: 14, right: 4, bottom: 18, left: 2 };
const GAP = 6;
// Of a character at the size of the labels, about; Chinese ones are square.
const LATIN_PX = 6.4;
const CHINESE_PX = 10;

export function LineChart({
  points,
  guides = [],
  height = 150,
  label,
  least,
  most,
  onPick,
}: {
  points: readonly ChartPoint[];
  guides?: readonly { value: number; label: string; kind?: "limit" }[];
  height?: number;
  label: string;
  least?: number;
  most?: number;
  onPick?: (index: number) => void;
}) {
  const [over, setOver] = useState<number | undefined>();
  const figure = useRef<HTMLElement>(null);
  const width = useWidth(figure);
  const clip = useId();
  // The labels have the space at the left to themselves: the curve begins beside them.
  const left = Math.max(PAD.left, ...guides.map((guide) => labelWidth(guide.label) + GAP));
  const values = points.flatMap((point) => (point.value === undefined ? [] : [point.value]));
  const all = [...values, ...guides.map((guide) => guide.value)];
  const low = least ?? Math.min(...all, 100) - 2;
  const high = most ?? Math.max(...all, 0) + 2;
  const x = (index: number) =>
    left + (index / Math.max(1, points.length - 1)) * (width - left - PAD.right);
  const y = (value: number) =>
    PAD.top + ((high - value) / Math.max(1e-9, high - low)) * (height - PAD.top - PAD.bottom);
  const pick = (event: React.PointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * width;
    const share = (at - left) / (width - left - PAD.right);
    setOver(Math.min(points.length - 1, Math.max(0, Math.round(share * (points.length - 1)))));
  };
  const ticks = tickIndexes(points.length, width);
  const shown = over === undefined ? undefined : points[over];
  return (
    <figure className={styles.chart} ref={figure}>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the table twin leads to the same days */}
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={label}
        onPointerMove={pick}
        onPointerLeave={() => setOver(undefined)}
        onClick={() => over !== undefined && onPick?.(over)}
      >
        <clipPath id={clip}>
          <rect x={left} y={0} width={Math.max(0, width - left - PAD.right)} height={height} />
        </clipPath>
        {guides.map((guide) => (
          <g key={guide.label} className={guide.kind === "limit" ? styles.limit : styles.guide}>
            <path d={`M${left} ${y(guide.value)}H${width - PAD.right}`} />
            <text x={left - GAP} y={y(guide.value)} textAnchor="end" dominantBaseline="central">
              {guide.label}
            </text>
          </g>
        ))}
        <path className={styles.line} d={linePath(points, x, y)} clipPath={`url(#${clip})`} />
        {points.map(
          (point, index) =>
            point.mark &&
            point.value !== undefined && (
              <g key={index} className={styles[point.mark.kind]}>
                {point.mark.kind === "model" && (
                  <path d={`M${x(index)} ${PAD.top}V${height - PAD.bottom}`} />
                )}
                <circle cx={x(index)} cy={y(point.value)} r={3} />
              </g>
            ),
        )}
        {ticks.map((index) => (
          <text
            key={index}
            className={styles.tick}
            x={x(index)}
            y={height - 4}
            textAnchor={index === 0 ? "start" : index === points.length - 1 ? "end" : "middle"}
          >
            {points[index]!.label}
          </text>
        ))}
        {shown?.value !== undefined && over !== undefined && (
          <g className={styles.over}>
            <path d={`M${x(over)} ${PAD.top}V${height - PAD.bottom}`} />
            <circle cx={x(over)} cy={y(shown.value)} r={3.5} />
          </g>
        )}
      </svg>
      <figcaption className={styles.caption} aria-hidden="true">
        {shown && (
          <>
            <b>{shown.shown}</b> {shown.label}
            {shown.mark && ` · ${shown.mark.text}`}
          </>
        )}
      </figcaption>
    </figure>
  );
}

function labelWidth(label: string): number {
  let width = 0;
  for (const character of label) width += character > "\u2e80" ? CHINESE_PX : LATIN_PX;
  return Math.ceil(width);
}

// Drawn at the size at which it is shown, so that its words are as large as all others.
function useWidth(of: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(WIDTH_BEFORE);
  useLayoutEffect(() => {
    const element = of.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry && entry.contentRect.width > 0) setWidth(Math.round(entry.contentRect.width));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [of]);
  return width;
}

const TICK_PX = 110;

function tickIndexes(length: number, width: number): number[] {
  if (length < 2) return length === 1 ? [0] : [];
  const steps = Math.min(Math.max(1, Math.floor(width / TICK_PX)), length - 1);
  return Array.from({ length: steps + 1 }, (_, step) => Math.round((step / steps) * (length - 1)));
}

function linePath(
  points: readonly ChartPoint[],
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  let path = "";
  let drawing = false;
  points.forEach((point, index) => {
    if (point.value === undefined) {
      drawing = false;
      return;
    }
    path += `${drawing ? "L" : "M"}${x(index).toFixed(1)} ${y(point.value).toFixed(1)}`;
    drawing = true;
  });
  return path;
}

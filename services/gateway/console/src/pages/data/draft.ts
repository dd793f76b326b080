// What a person wrote into a mapping, kept for as long as the tab is: leaving the page loses nothing.
import { useEffect, useState } from "react";

const keyOf = (upload: string) => `bellwether.mapping.${upload}`;

export function keepDraft(upload: string, text: string): void {
  try {
    sessionStorage.setItem(keyOf(upload), text);
  } catch {
    // Storage is off: it lasts while the page does.
  }
}

function kept(upload: string): string | undefined {
  try {
    return sessionStorage.getItem(keyOf(upload)) ?? undefined;
  } catch {
    return undefined; // storage is off
  }
}

// Undefined while nothing has been written.
export function useDraft(upload: string): [string | undefined, (text: string) => void] {
  const [text, setText] = useState(() => kept(upload));
  return [
    text,
    (next) => {
      setText(next);
      keepDraft(upload, next);
    },
  ];
}

// What it was `ms` ago, once it has stood still for so long.
export function useDelayed(value: string, ms: number): string {
  const [delayed, setDelayed] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setDelayed(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return delayed;
}

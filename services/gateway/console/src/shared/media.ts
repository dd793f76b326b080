import { useSyncExternalStore } from "react";

const narrow = matchMedia("(max-width: 720px)");

// A phone, or a window as narrow as one.
export function useNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      narrow.addEventListener("change", listener);
      return () => narrow.removeEventListener("change", listener);
    },
    () => narrow.matches,
  );
}

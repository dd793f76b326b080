import { useSyncExternalStore } from "react";

const narrow = matchMedia("(max-width: 720px)");
const tight = matchMedia("(max-width: 1399px)");

// A phone, or a window as narrow as one.
export const useNarrow = () => useMedia(narrow);

// A window in which a list with a panel beside it has no room for all of its columns.
export const useTight = () => useMedia(tight);

function useMedia(media: MediaQueryList): boolean {
  return useSyncExternalStore(
    (listener) => {
      media.addEventListener("change", listener);
      return () => media.removeEventListener("change", listener);
    },
    () => media.matches,
  );
}

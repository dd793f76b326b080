// The instant the page is painted for: now, or the end of a past local day.
import { type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { useMemo } from "react";
import { useZone } from "../../shared/deployment.ts";
import { endOfDay } from "../../shared/zone_time.ts";
import type { AccountSearch } from "./route.ts";

export interface AsOf {
  // Undefined: now.
  day: string | undefined;
  time: Timestamp | undefined;
  timeMs: number | undefined;
  // Until when facts count; undefined: as known now.
  knownAt: Timestamp | undefined;
}

export function useAsOf({ asOf, known }: AccountSearch): AsOf {
  const zone = useZone();
  return useMemo(() => {
    if (!asOf) return { day: undefined, time: undefined, timeMs: undefined, knownAt: undefined };
    const timeMs = endOfDay(asOf, zone);
    const time = timestampFromMs(timeMs);
    return { day: asOf, time, timeMs, knownAt: known === "now" ? undefined : time };
  }, [asOf, known, zone]);
}

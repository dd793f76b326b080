// The server's clock, as last said by a heartbeat: ages and times left are counted by it.
import { useSyncExternalStore } from "react";

let offsetMs = 0;

export function setServerTime(serverMs: number): void {
  offsetMs = serverMs - Date.now();
}

export function serverNow(): number {
  return Date.now() + offsetMs;
}

// One timer for the whole page, running while somebody looks.
const TICK_MS = 1_000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    for (const each of [...listeners]) each();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

// Now by the server's clock, in steps of `stepMs`: the component is drawn again once a step.
export function useServerNow(stepMs = TICK_MS): number {
  return useSyncExternalStore(subscribe, () => Math.floor(serverNow() / stepMs) * stepMs);
}

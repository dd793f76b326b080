import { alerts } from "../../api/clients.ts";

const STALE_MS = 15_000;

export const silencesQuery = {
  queryKey: ["silences"],
  queryFn: () => alerts.listSilences({ pageSize: 1_000 }),
  staleTime: STALE_MS,
  refetchInterval: STALE_MS,
};

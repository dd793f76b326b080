import { openAlerts } from "../../live/live.ts";
import { useSelected } from "../../shared/store.ts";

export function OpenCount() {
  const count = useSelected(openAlerts, ({ byName }) => byName.size);
  return count > 0 ? <>{count}</> : null;
}

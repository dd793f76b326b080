import type { ErrorComponentProps } from "@tanstack/react-router";
import { describeError } from "../api/errors.ts";
import { useText } from "../shared/texts.ts";
import { Button } from "../shared/ui/button.tsx";
import { Empty } from "../shared/ui/states.tsx";
import { addresses } from "./addresses.ts";
import { Link } from "./link.tsx";

export function NotFound() {
  const t = useText();
  return (
    <Empty title={t("app.notFound")}>
      <Link className="link" to={addresses.board()}>
        {t("app.toBoard")}
      </Link>
    </Empty>
  );
}

export function PageFailed({ error, reset }: ErrorComponentProps) {
  const t = useText();
  return (
    <Empty title={t("app.pageFailed")} note={describeError(error).message}>
      <Button onPress={reset}>{t("ui.again")}</Button>
    </Empty>
  );
}

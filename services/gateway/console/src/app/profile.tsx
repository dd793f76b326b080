// Who acts and how the console looks, at the foot of the navigation. Until people authenticate a
// person says who they are; the name stands in every change they make.
import { lazy, Suspense, useRef, useState } from "react";
import { useSettings } from "../shared/settings.ts";
import { useFormat, useText } from "../shared/texts.ts";
import styles from "./profile.module.css";

const ProfileDialog = lazy(() =>
  import("./profile_dialog.tsx").then((module) => ({ default: module.ProfileDialog })),
);

export function Profile() {
  const t = useText();
  const { principal } = useSettings();
  const { zoneName } = useFormat();
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <>
      <button
        ref={button}
        type="button"
        className={styles.foot}
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => setOpen(true)}
      >
        <span>{principal || t("profile.nobody")}</span>
        <span>{zoneName}</span>
      </button>
      {open && (
        <Suspense fallback={null}>
          <ProfileDialog trigger={button} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}

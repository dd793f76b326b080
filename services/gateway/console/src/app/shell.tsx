import { Outlet, useRouterState } from "@tanstack/react-router";
import { useContext } from "react";
import { useText } from "../shared/texts.ts";
import { Toasts } from "../shared/ui/toasts.tsx";
import { addresses } from "./addresses.ts";
import { Link } from "./link.tsx";
import { NavContext } from "./nav_context.ts";
import { Profile } from "./profile.tsx";
import styles from "./shell.module.css";

export function Shell() {
  const t = useText();
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#main">
        {t("app.skip")}
      </a>
      <Nav />
      <main id="main" className={styles.main} tabIndex={-1}>
        <Outlet />
      </main>
      <Toasts />
    </div>
  );
}

function Nav() {
  const t = useText();
  const pages = useContext(NavContext);
  const path = useRouterState({ select: (state) => state.location.pathname });
  return (
    <nav className={styles.nav} aria-label={t("app.nav")}>
      <Link to={addresses.board()} className={styles.brand}>
        Bellwether
      </Link>
      <ul>
        {pages.map(({ nav }) => {
          if (!nav) return null;
          const here = nav.to === "/" ? path === "/" : path.startsWith(nav.to);
          return (
            <li key={nav.to}>
              <Link to={nav.to} aria-current={here ? "page" : undefined}>
                {t(nav.label)}
                {nav.Count && (
                  <span className={styles.count}>
                    <nav.Count />
                  </span>
                )}
              </Link>
            </li>
          );
        })}
      </ul>
      <Profile />
    </nav>
  );
}

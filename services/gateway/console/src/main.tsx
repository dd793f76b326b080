import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createRouter, RouterProvider } from "@tanstack/react-router";
import { StrictMode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { IntlProvider } from "react-intl";
import { isPassing } from "./api/errors.ts";
import { announceRedAlerts } from "./app/announce.ts";
import { NavContext } from "./app/nav_context.ts";
import { root } from "./app/root.ts";
import { parseSearch, stringifySearch } from "./app/search.ts";
import { startLive } from "./live/live.ts";
import { pages } from "./pages/registry.ts";
import "./shared/base.css";
import { calendarQuery, currenciesQuery } from "./shared/deployment.ts";
import { followSettings, type Language, useSettings } from "./shared/settings.ts";
import "./shared/tokens.css";

const RETRIES_MAX = 2;

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => failures < RETRIES_MAX && isPassing(error),
      refetchOnWindowFocus: false,
      staleTime: 5_000,
    },
  },
});

const router = createRouter({
  routeTree: root.addChildren(pages.map((page) => page.route)),
  defaultPreload: "intent",
  parseSearch,
  stringifySearch,
  scrollRestoration: false,
});

const TEXTS: Record<Language, () => Promise<{ default: Record<string, string> }>> = {
  en: () => import("./gen/texts/en.json"),
  zh: () => import("./gen/texts/zh.json"),
};

// Nothing is drawn before its texts are there: a change of language changes all of them at once.
function Console() {
  const { language } = useSettings();
  const [texts, setTexts] = useState<{ language: Language; messages: Record<string, string> }>();
  useEffect(() => {
    let current = true;
    void TEXTS[language]().then((module) => {
      if (current) setTexts({ language, messages: module.default });
    });
    return () => {
      current = false;
    };
  }, [language]);
  if (!texts) return null;
  return (
    <IntlProvider locale={texts.language} messages={texts.messages}>
      <NavContext value={pages}>
        <RouterProvider router={router} />
      </NavContext>
    </IntlProvider>
  );
}

// What every page needs is asked for while its code is still on the way.
void queries.prefetchQuery(calendarQuery);
void queries.prefetchQuery(currenciesQuery);
void router.load();
followSettings();
startLive();
announceRedAlerts((to) => router.history.push(to));
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <Console />
    </QueryClientProvider>
  </StrictMode>,
);

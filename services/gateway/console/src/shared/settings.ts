// What a person has chosen on this device; every tab follows.
import { Store, useStore } from "./store.ts";

export type Theme = "system" | "light" | "dark";
export type Language = "en" | "zh";

export interface Settings {
  theme: Theme;
  language: Language;
  // Who acts, until people authenticate: "zhou.xin".
  principal: string;
  shortcuts: boolean;
  // Of red alerts.
  sound: boolean;
  notices: boolean;
}

const KEY = "bellwether.settings";

function preferredLanguage(): Language {
  return globalThis.navigator?.language?.toLowerCase().startsWith("zh") ? "zh" : "en";
}

function read(): Settings {
  const defaults: Settings = {
    theme: "system",
    language: preferredLanguage(),
    principal: "",
    shortcuts: true,
    sound: false,
    notices: false,
  };
  try {
    return { ...defaults, ...JSON.parse(globalThis.localStorage?.getItem(KEY) ?? "{}") };
  } catch {
    return defaults; // storage is off, or holds what we did not write
  }
}

class SettingsStore extends Store<Settings> {
  change(part: Partial<Settings>): void {
    this.set({ ...this.get(), ...part });
    try {
      localStorage.setItem(KEY, JSON.stringify(this.get()));
    } catch {
      // Kept for this tab alone.
    }
  }
}

export const settings = new SettingsStore(read());

export function useSettings(): Settings {
  return useStore(settings);
}

const darkPreferred = globalThis.matchMedia?.("(prefers-color-scheme: dark)");

export function applyTheme(): void {
  const { theme, language } = settings.get();
  const dark = theme === "dark" || (theme === "system" && (darkPreferred?.matches ?? false));
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}

export function followSettings(): void {
  applyTheme();
  settings.subscribe(applyTheme);
  darkPreferred?.addEventListener("change", applyTheme);
  addEventListener("storage", (event) => {
    if (event.key === KEY) settings.set(read());
  });
}

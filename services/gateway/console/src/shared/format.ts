// Figures and times as people read them, in one place and one style: a true minus, thin spaces
// between thousands, the unit after a space.
import type { Language } from "./settings.ts";

const MINUS = "−";
const THIN = "\u202f"; // narrow no-break space
const NBSP = "\u00a0";
export const NONE = "–";

export type Micros = bigint;

const MICROS = 1_000_000n;

// 69_984_400n, 2 → "69.98"; half away from zero, as the server rounds.
export function decimal(micros: Micros, digits: number): string {
  const unit = MICROS / 10n ** BigInt(digits);
  const negative = micros < 0n;
  const magnitude = negative ? -micros : micros;
  const rounded = (magnitude + unit / 2n) / unit;
  const whole = rounded / 10n ** BigInt(digits);
  const rest = (rounded % 10n ** BigInt(digits)).toString().padStart(digits, "0");
  const text = groupThousands(whole.toString()) + (digits > 0 ? `.${rest}` : "");
  return negative && rounded !== 0n ? MINUS + text : text;
}

export function signed(micros: Micros, digits: number): string {
  const text = decimal(micros, digits);
  return micros > 0n && !/^[0.]*$/.test(text) ? `+${text}` : text;
}

function groupThousands(digits: string): string {
  return digits.length < 5 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, THIN);
}

export function count(value: number | bigint): string {
  const text = groupThousands((value < 0 ? -value : value).toString());
  return value < 0 ? MINUS + text : text;
}

export function percent(micros: Micros, digits = 1): string {
  return `${decimal(micros * 100n, digits)}${NBSP}%`;
}

export function signedPercent(micros: Micros, digits = 1): string {
  return `${signed(micros * 100n, digits)}${NBSP}%`;
}

// Whole units; from a million on in millions (万 and 亿 in Chinese) when `short`.
export function money(minor: bigint, digits: number, language: Language, short = false): string {
  const scale = 10n ** BigInt(digits);
  const units = (minor < 0n ? -minor : minor) / scale;
  const sign = minor < 0n ? MINUS : "";
  if (!short) return sign + groupThousands(units.toString());
  if (language === "zh") {
    if (units >= 100_000_000n) return `${sign}${tenths(units, 100_000_000n)}${NBSP}亿`;
    if (units >= 1_000_000n)
      return `${sign}${groupThousands((units / 10_000n).toString())}${NBSP}万`;
    return sign + groupThousands(units.toString());
  }
  if (units >= 1_000_000_000n) return `${sign}${tenths(units, 1_000_000_000n)}${NBSP}bn`;
  if (units >= 1_000_000n) return `${sign}${tenths(units, 1_000_000n)}${NBSP}M`;
  return sign + groupThousands(units.toString());
}

// With all decimals: 1_835_396n of two digits → "18 353.96".
export function exactMoney(minor: bigint, digits: number): string {
  const scale = 10n ** BigInt(digits);
  const magnitude = minor < 0n ? -minor : minor;
  const rest = digits > 0 ? `.${(magnitude % scale).toString().padStart(digits, "0")}` : "";
  return `${minor < 0n ? MINUS : ""}${groupThousands((magnitude / scale).toString())}${rest}`;
}

// A decimal number as the server writes it, all of its digits kept: "-49493.96" → "−49 493.96".
export function plainDecimal(text: string): string {
  const [, sign = "", whole = "", rest = ""] = /^(-?)(\d+)(.*)$/.exec(text) ?? ["", "", "", text];
  return `${sign && MINUS}${groupThousands(whole)}${rest}`;
}

const BYTE_UNITS = ["B", "KiB", "MiB", "GiB"] as const;

export function bytes(value: number): string {
  let scaled = value;
  let unit = 0;
  while (scaled >= 1024 && unit < BYTE_UNITS.length - 1) {
    scaled /= 1024;
    unit++;
  }
  return `${unit === 0 ? scaled : scaled.toFixed(1)}${NBSP}${BYTE_UNITS[unit]}`;
}

function tenths(units: bigint, scale: bigint): string {
  const value = (units * 10n + scale / 2n) / scale;
  return `${groupThousands((value / 10n).toString())}.${value % 10n}`;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const UNITS = {
  en: { d: "d", h: "h", min: "min", s: "s" },
  zh: { d: "天", h: "小时", min: "分", s: "秒" },
} as const;

// The two largest units at most: "3 h 12 min", "67 d". With `live`, seconds under a minute.
export function duration(ms: number, language: Language, live = false): string {
  const unit = UNITS[language];
  const say = (value: number, name: string) => `${value}${NBSP}${name}`;
  const magnitude = Math.max(0, ms);
  if (magnitude < MINUTE_MS && live) return say(Math.floor(magnitude / 1000), unit.s);
  if (magnitude < HOUR_MS) return say(Math.floor(magnitude / MINUTE_MS), unit.min);
  const hours = Math.floor(magnitude / HOUR_MS);
  const minutes = Math.floor((magnitude % HOUR_MS) / MINUTE_MS);
  if (hours < 10) return say(hours, unit.h) + (minutes > 0 ? ` ${say(minutes, unit.min)}` : "");
  if (hours < 48) return say(hours, unit.h);
  return say(Math.floor(magnitude / DAY_MS), unit.d);
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = zone + JSON.stringify(options);
  let known = formatters.get(key);
  if (!known) {
    known = new Intl.DateTimeFormat("en-CA", { timeZone: zone, hourCycle: "h23", ...options });
    formatters.set(key, known);
  }
  return known;
}

function parts(ms: number, zone: string) {
  const all = formatter(zone, {
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).formatToParts(ms);
  const of = (type: string) => all.find((part) => part.type === type)?.value ?? "";
  return {
    year: of("year"),
    month: of("month"),
    day: of("day"),
    hour: of("hour"),
    minute: of("minute"),
    second: of("second"),
  };
}

// "2026-11-21": the local day in the zone.
export function isoDay(ms: number, zone: string): string {
  const { year, month, day } = parts(ms, zone);
  return `${year}-${month}-${day}`;
}

export function clock(ms: number, zone: string, seconds = false): string {
  const { hour, minute, second } = parts(ms, zone);
  return seconds ? `${hour}:${minute}:${second}` : `${hour}:${minute}`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

// "21 Nov", "11月21日"; with the year where it is not this one.
export function day(iso: string, language: Language, nowMs: number, zone: string): string {
  const [year = "", month = "", dayOfMonth = ""] = iso.split("-");
  const other = year !== isoDay(nowMs, zone).slice(0, 4);
  if (language === "zh")
    return `${other ? `${year}年` : ""}${Number(month)}月${Number(dayOfMonth)}日`;
  return `${Number(dayOfMonth)} ${MONTHS[Number(month) - 1]}${other ? ` ${year}` : ""}`;
}

const DAY_WORDS = {
  en: { today: "today", yesterday: "yesterday" },
  zh: { today: "今日", yesterday: "昨日" },
} as const;

// "today 05:26", "yesterday 11:27", "21 Nov 17:31".
export function instant(ms: number, zone: string, language: Language, nowMs: number): string {
  const iso = isoDay(ms, zone);
  const words = DAY_WORDS[language];
  const name =
    iso === isoDay(nowMs, zone)
      ? words.today
      : iso === isoDay(nowMs - DAY_MS, zone)
        ? words.yesterday
        : day(iso, language, nowMs, zone);
  return `${name} ${clock(ms, zone)}`;
}

const CITIES: Record<string, string> = {
  "Asia/Shanghai": "亚洲/上海",
  "Asia/Hong_Kong": "亚洲/香港",
  "Asia/Singapore": "亚洲/新加坡",
  "Asia/Tokyo": "亚洲/东京",
  "Europe/Berlin": "欧洲/柏林",
  UTC: "协调世界时",
};

export function zoneName(zone: string, language: Language): string {
  return language === "zh" ? (CITIES[zone] ?? zone) : zone;
}

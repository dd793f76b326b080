// Texts by id, in the language of the settings. Ids are those of all texts.en.json together: a
// missing one does not compile.
import { useMemo } from "react";
import { useIntl } from "react-intl";
import type { Money } from "../gen/proto/bellwether/type/v1/money_pb.js";
import type { TextId } from "../gen/texts/ids.d.ts";
import { minorDigits, useReportingCurrency, useZone } from "./deployment.ts";
import * as format from "./format.ts";
import { serverNow } from "./server_time.ts";
import type { Language } from "./settings.ts";

export type { TextId };

type Values = Record<string, string | number>;
export type Translate = (id: TextId, values?: Values) => string;

export function useText(): Translate {
  const intl = useIntl();
  return useMemo(() => (id, values) => intl.formatMessage({ id }, values) as string, [intl]);
}

// That of the texts that are shown, which follows the settings once they are there.
export function useLanguage(): Language {
  return useIntl().locale === "zh" ? "zh" : "en";
}

// Of what the server titles in both languages.
export function titled(of: { title: string; titleZh: string }, language: Language): string {
  return (language === "zh" && of.titleZh) || of.title;
}

// Formats bound to language, zone and currency.
export function useFormat() {
  const language = useLanguage();
  const zone = useZone();
  const currency = useReportingCurrency();
  return useMemo(
    () => ({
      language,
      zone,
      zoneName: format.zoneName(zone, language),
      currency: currency.code,
      points: (micros: bigint) => format.decimal(micros, 2),
      signedPoints: (micros: bigint) => format.signed(micros, 2),
      percent: format.percent,
      count: format.count,
      money: (minor: bigint) => format.money(minor, currency.digits, language),
      shortMoney: (minor: bigint) => format.money(minor, currency.digits, language, true),
      // In the reporting currency where it was converted, else as it was said.
      amount: (of: Money) =>
        of.baseAmountMinor === 0n && of.amountMinor !== 0n
          ? `${format.money(of.amountMinor, minorDigits(of.currencyCode), language, true)} ${of.currencyCode}`
          : `${format.money(of.baseAmountMinor, currency.digits, language, true)} ${currency.code}`,
      // To the last unit, in the currency it was said in and the reporting one where that differs.
      exact: (of: Money) => {
        const said = `${format.exactMoney(of.amountMinor, minorDigits(of.currencyCode))} ${of.currencyCode}`;
        return of.baseAmountMinor === 0n || of.currencyCode === currency.code
          ? said
          : `${said} (${format.exactMoney(of.baseAmountMinor, currency.digits)} ${currency.code})`;
      },
      bytes: format.bytes,
      plainDecimal: format.plainDecimal,
      duration: (ms: number, live?: boolean) => format.duration(ms, language, live),
      clock: (ms: number) => format.clock(ms, zone),
      day: (iso: string) => format.day(iso, language, serverNow(), zone),
      isoDay: (ms: number) => format.isoDay(ms, zone),
      instant: (ms: number) => format.instant(ms, zone, language, serverNow()),
    }),
    [language, zone, currency.code, currency.digits],
  );
}
export type Format = ReturnType<typeof useFormat>;

// How a value is written; the server's templates/macros/value.html writes the same text for the same value.
import { t } from "./text.js";

const language = document.documentElement.lang;
const region = navigator.languages.find((each) => each.split("-")[0] === language) ?? language; // en-GB has its own dates
const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
const hundredths = new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const tenths = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const precise = new Intl.NumberFormat(language, { maximumSignificantDigits: 4 });
const localMoment = new Intl.DateTimeFormat(region, { dateStyle: "medium", timeStyle: "short" });
const localClock = new Intl.DateTimeFormat(region, { timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

export const NONE = "—";
const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const ISO = /^\d{4}-\d\d-\d\dT/;

export const isMissing = (value) => value === null || value === undefined || value === "" || Number.isNaN(value);
export const isMoment = (value) => typeof value === "string" && ISO.test(value) && !Number.isNaN(Date.parse(value));

export function ms(value) {
  if (value >= 1000) return `${hundredths.format(value / 1000)} s`;
  return `${value < 10 ? tenths.format(value) : whole.format(value)} ms`;
}

export function duration(seconds) {
  const total = Math.floor(seconds);
  const days = Math.floor(total / 86400), hours = Math.floor(total / 3600) % 24, minutes = Math.floor(total / 60) % 60;
  if (days) return `${days} d ${hours} h`;
  if (hours) return `${hours} h ${minutes} min`;
  if (minutes) return `${minutes} min ${total % 60} s`;
  return `${total} s`;
}

export function titled(name) {
  const words = String(name).replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export const signed = (value) => (typeof value === "number" ? `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(3)}` : value);

const sameDay = (one, other) => one.toDateString() === other.toDateString();

/** Today's moments are a clock time, others carry their date; both in the reader's time zone. */
export function moment(iso, now = new Date()) {
  const at = new Date(iso);
  return sameDay(at, now) ? localClock.format(at) : localMoment.format(at);
}

export const utc = (iso) => `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;

export function ago(iso, nowMs) {
  const past = Math.min(Date.parse(iso) - nowMs, 0);
  for (const [unit, length] of [["day", DAY], ["hour", HOUR], ["minute", MINUTE]]) {
    if (-past >= length) return relative.format(Math.trunc(past / length), unit);
  }
  return t("just now");
}

const writers = {
  count: (value) => whole.format(value),
  ratio: (value) => `${hundredths.format(value * 100)}%`,
  decimal: (value) => hundredths.format(value),
  ms,
  duration,
  yes: (value) => (value ? t("yes") : t("no")),
  titled,
  state: (value) => t(value),
  text: String,
};

export function written(value, format) {
  return isMissing(value) ? NONE : (writers[format] ?? writers.text)(value);
}

const measures = {
  error_rate: writers.ratio,
  success_rate: writers.ratio,
  response_time: ms,
  slow_queries: writers.count,
  critical_error: writers.count,
  system_down: writers.count,
};

const plain = (value) => (Math.abs(value) >= 1000 ? whole : precise).format(value);

/** An alert's value or threshold in the unit of its type; of another type with four digits, from 1,000 on whole. */
export function measure(type, value) {
  return isMissing(value) ? NONE : (measures[type] ?? plain)(value);
}

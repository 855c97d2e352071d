// How a value is written; the server's templates/macros/value.html writes the same text for the same value.
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const seconds = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const precise = new Intl.NumberFormat("en", { maximumSignificantDigits: 15 });
const percent = new Intl.NumberFormat("en", { style: "percent", minimumFractionDigits: 2, maximumFractionDigits: 2 });
const localMoment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const localClock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

export const NONE = "—";
const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const ISO = /^\d{4}-\d\d-\d\dT/;

export const isMissing = (value) => value === null || value === undefined || value === "" || Number.isNaN(value);
export const isMoment = (value) => typeof value === "string" && ISO.test(value) && !Number.isNaN(Date.parse(value));

export function ms(value) {
  if (value >= 1000) return `${seconds.format(value / 1000)} s`;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
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
  return "just now";
}

const writers = {
  count: (value) => whole.format(value),
  ratio: (value) => percent.format(value),
  decimal: (value) => value.toFixed(2),
  ms,
  duration,
  yes: (value) => (value ? "yes" : "no"),
  titled,
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

/** An alert's value or threshold in the unit of its type. */
export function measure(type, value) {
  return isMissing(value) ? NONE : (measures[type] ?? precise.format)(value);
}

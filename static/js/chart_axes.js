// How a chart writes its values and times, and its two axes.
import { ms, NONE, written } from "./format.js";

const language = document.documentElement.lang;
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const minute = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const month = new Intl.DateTimeFormat(undefined, { month: "short", year: "numeric" });
const few = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 2 });
const DAY = 86400, WIDTH = 7.2; // seconds; of one letter, in pixels

const writers = {
  ms: (value) => ms(value),
  ratio: (value) => written(value, "ratio"),
  count: (value) => written(value, "count"),
  rate: (value) => `${written(value, "decimal")}/s`,
};
const ticks = {
  ms: (value) => (value >= 1000 ? `${few.format(value / 1000)} s` : `${few.format(value)} ms`),
  ratio: (value) => percent.format(value),
  count: (value) => few.format(value),
  rate: (value) => `${few.format(value)}/s`,
};

export const amount = (value, unit) => (typeof value === "number" ? writers[unit](value) : NONE);
export const longTime = (time) => moment.format(time * 1000);

function timeTick(step) {
  if (step >= 28 * DAY) return month;
  if (step >= DAY) return day;
  return step >= 60 ? minute : clock;
}

/** Midnights say which day begins. */
function timeTicks(u, splits, axis, space, step) {
  const format = timeTick(step);
  return splits.map((at) => {
    const local = new Date(at * 1000);
    const begins = local.getHours() === 0 && local.getMinutes() === 0;
    return (format === minute && begins ? day : format).format(local);
  });
}

export function axes(unit, colours, font) {
  const common = {
    stroke: () => colours.ink, font, labelFont: font,
    grid: { stroke: () => colours.grid, width: 1 }, ticks: { show: false },
  };
  return [
    { ...common, values: timeTicks, space: 76, size: 28, gap: 6 },
    {
      ...common, gap: 6, space: 34,
      values: (u, splits) => splits.map((value) => (value === null ? "" : ticks[unit](value))),
      size: (u, labels) => 16 + WIDTH * Math.max(3, ...(labels ?? []).map((label) => label.length)),
    },
  ];
}

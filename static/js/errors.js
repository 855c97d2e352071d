// The errors tile: by hour, by operation, and the recent ones.
import { serverNow } from "./age.js";
import { patch } from "./fields.js";
import { isMissing, moment } from "./format.js";
import { showWhen, sync, withShares } from "./rows.js";
import { t } from "./text.js";

const HOUR = 3_600_000, HOURS = 24, HEIGHT = 60, TALLEST = 56;

/** 24 hours, oldest first; an hour that is not named had no errors. */
function lastHours(byHour, nowMs) {
  const counts = new Map(byHour.map((item) => [Math.floor(Date.parse(item.hour) / HOUR), item.count ?? 0]));
  const present = Math.floor(nowMs / HOUR);
  return Array.from({ length: HOURS }, (_, index) => {
    const hour = present - HOURS + 1 + index;
    return { iso: new Date(hour * HOUR).toISOString(), count: counts.get(hour) ?? 0 };
  });
}

function drawHour(rect, { iso, count }, most) {
  const height = count && most ? Math.max((count / most) * TALLEST, 2) : 1;
  rect.setAttribute("y", (HEIGHT - height).toFixed(2));
  rect.setAttribute("height", height.toFixed(2));
  rect.toggleAttribute("data-empty", !count);
  rect.querySelector("title").textContent = `${moment(iso)}: ${count}`;
}

function showHours(byHour) {
  const hours = lastHours(byHour, serverNow());
  const most = Math.max(...hours.map((hour) => hour.count));
  const chart = document.getElementById("hours");
  Array.from(chart.querySelectorAll("rect")).forEach((rect, index) => drawHour(rect, hours[index], most));
  chart.setAttribute("aria-label", t("Errors in each of the last 24 hours, oldest first. The most in one hour is %(most)s.", { most }));
  document.getElementById("hours-peak").textContent = most;
}

function showRecent(recent) {
  const rows = recent.map((error) => ({ key: `${error.timestamp} ${error.operation}`, ...error, severity: error.severity ?? "error" }));
  sync(document.getElementById("recent-errors"), "recent-row", rows);
  showWhen(rows.length > 0, "recent", "recent-none");
}

function showOperations(byOperation) {
  const rows = Object.entries(byOperation).map(([name, count]) => ({ key: name, name, count }));
  rows.sort((one, other) => other.count - one.count);
  sync(document.getElementById("errors-by-operation"), "error-operation-row", withShares(rows));
  showWhen(rows.length > 0, "by-operation", null);
}

export function update(errors) {
  patch(document.getElementById("errors"), { errors });
  const hours = errors.errorsByHour ?? [];
  showHours(hours);
  showWhen(hours.length > 0 || !isMissing(errors.totalErrors), "hours-figure", null);
  showRecent(errors.recentErrors ?? []);
  showOperations(errors.errorsByOperation ?? {});
}

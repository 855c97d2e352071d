// The server's clock as seen from here, and everything on the page that grows older by itself.
import { ago, duration, isMoment, moment, utc } from "./format.js";
import { t } from "./text.js";

const STALE_MS = 95_000; // three missed updates of the default 30 s interval, and a little
let skewMs = 0;

export const serverNow = () => Date.now() - skewMs;

/** Only a clear difference counts: below two seconds it is the time that the page took to arrive. */
export function alignClock(generatedAt) {
  const difference = Date.now() - Date.parse(generatedAt);
  skewMs = Math.abs(difference) > 2000 ? difference : 0;
}

export function writeTime(element, iso) {
  if (!isMoment(iso)) return false;
  const text = element.dataset.format === "ago" ? ago(iso, serverNow()) : moment(iso);
  if (element.dateTime !== iso) {
    element.dateTime = iso;
    element.title = utc(iso);
  }
  if (element.textContent !== text) element.textContent = text;
  return true;
}

export function localiseTimes(root = document) {
  for (const element of root.querySelectorAll("time[datetime]")) writeTime(element, element.dateTime);
}

function tickData() {
  const element = document.getElementById("age");
  const seconds = Math.max(0, (serverNow() - Date.parse(element.dataset.at)) / 1000);
  const text = t("data %(age)s old", { age: duration(seconds) });
  if (element.textContent !== text) element.textContent = text;
  element.toggleAttribute("data-stale", seconds * 1000 > STALE_MS);
  element.title = utc(element.dataset.at);
}

export function dataAt(iso) {
  if (!isMoment(iso)) return;
  document.getElementById("age").dataset.at = iso;
  tickData();
}

export function start() {
  localiseTimes();
  tickData();
  setInterval(tickData, 1000);
  setInterval(() => document.querySelectorAll('time[data-format="ago"][datetime]').forEach((each) => writeTime(each, each.dateTime)), 15_000);
}

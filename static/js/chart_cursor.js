// The cursor: one for all charts of the page, by pointer or by arrow keys; the legend shows what is there.
import { announce } from "./announcer.js";
import { amount, longTime } from "./chart_axes.js";
import { inWords } from "./chart_marks.js";
import * as zoom from "./chart_zoom.js";

const FAR = 10;
const moves = {
  ArrowLeft: (place, last, shift) => Math.max(0, place - (shift ? FAR : 1)),
  ArrowRight: (place, last, shift) => Math.min(last, place + (shift ? FAR : 1)),
  Home: () => 0,
  End: (place, last) => last,
};

const isNumber = (value) => typeof value === "number";
const lastKnown = (values) => values.findLast(isNumber) ?? null;
const lastMeasured = (points) => Math.max(0, ...points.lines.map((line) => line.values.findLastIndex(isNumber)));

/** Writes the values at the cursor into the legend, or the last ones when it is nowhere. */
export function tellLegend(figure, points, place) {
  const at = typeof place === "number" && place < points.times.length;
  for (const element of figure.querySelectorAll("[data-value-of]")) {
    const line = points.lines[Number(element.dataset.valueOf)];
    const text = line ? amount(at ? line.values[place] : lastKnown(line.values), points.unit) : "";
    if (element.textContent !== text) element.textContent = text;
  }
  const time = figure.querySelector(".chart-at");
  const text = at ? longTime(points.times[place]) : "";
  if (time.textContent !== text) time.textContent = text;
}

/** The lines by the names that the legend has for them, in the language of the page. */
const named = (figure) => [...figure.querySelectorAll("[data-value-of]")].map((value) => value.previousElementSibling.textContent);

function said(figure, points, place) {
  const from = points.times[place], names = named(figure);
  const values = points.lines.map((line, number) => `${names[number]} ${amount(line.values[place], points.unit)}`);
  const marks = points.marks.filter((mark) => mark.at >= from && mark.at < from + points.step).map(inWords);
  return [longTime(from), ...values, ...marks].join(", ");
}

export function put(u, points, place) {
  u.setCursor({ left: u.valToPos(points.times[place], "x"), top: u.over.clientHeight / 2 }, true, true);
  announce(said(u.root.closest("figure"), points, place));
}

function around(u, points, place) {
  const quarter = (u.scales.x.max - u.scales.x.min) / 4;
  const middle = points.times[place];
  zoom.show(Math.max(u.scales.x.min, middle - quarter), Math.min(u.scales.x.max, middle + quarter));
}

/** `current()` gives {u, points} of the chart in `plot`. */
export function followKeys(plot, current) {
  plot.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { u, points } = current();
    const last = points.times.length - 1;
    const nowhere = typeof u.cursor.idx !== "number";
    const place = nowhere ? lastMeasured(points) : u.cursor.idx;
    if (event.key in moves) put(u, points, nowhere ? place : moves[event.key](place, last, event.shiftKey));
    else if (event.key === "+") around(u, points, place);
    else if (event.key === "-") zoom.step("minus");
    else if (event.key === "Escape") u.setCursor({ left: -10, top: -10 }, true, true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

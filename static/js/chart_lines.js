// The lines of a chart: colours by the tokens of the page's theme, and a dash for each, so that no colour is needed.
import { alone, kinds } from "./chart_points.js";

const DASHES = [[], [9, 4], [2.5, 2.5], [9, 3, 2, 3]];
const THEN = [4, 4];

/** `name` as the browser computes it here: canvas knows no custom property. */
function computed(element, name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  element.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

/** Fills `colours`, which the drawing asks each time, so that another theme needs no new chart. */
export function readColours(colours, element) {
  const of = (name) => computed(element, name);
  return Object.assign(colours, {
    ink: of("--ink-soft"), text: of("--ink"), grid: of("--line"), card: of("--card"),
    warning: of("--warning-edge"), critical: of("--critical-edge"), info: of("--info-edge"),
    lines: DASHES.map((_, number) => of(`--series-${number + 1}`)),
  });
}

function series(kind, colours) {
  const number = kind.line % DASHES.length;
  const colour = () => colours.lines[number];
  return {
    label: kind.label, scale: "y", stroke: colour, width: kind.then ? 1 : 2, dash: kind.then ? THEN : DASHES[number],
    alpha: kind.then ? 0.8 : 1, spanGaps: false,
    points: { show: true, size: 4, stroke: colour, fill: colour, filter: (u, place) => alone(u.data[place]) },
  };
}

export const allSeries = (points, colours) => [{}, ...kinds(points).map((kind) => series(kind, colours))];

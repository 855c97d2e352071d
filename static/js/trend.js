// A line of the last values of one number. A gap in the data is a gap in the line.
const KEPT = 120;
const WIDTH = 120, TOP = 5, BOTTOM = 30;
const series = new Map();

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

function scale(points) {
  const values = points.map(([, value]) => value).filter(isNumber);
  const low = Math.min(...values), high = Math.max(...values);
  const first = points[0][0], span = points.at(-1)[0] - first || 1;
  const flat = high === low;
  return ([at, value]) => [
    ((at - first) / span) * WIDTH,
    flat ? (TOP + BOTTOM) / 2 : BOTTOM - ((value - low) / (high - low)) * (BOTTOM - TOP),
  ];
}

function runs(points) {
  const found = [[]];
  for (const point of points) {
    if (isNumber(point[1])) found.at(-1).push(point);
    else if (found.at(-1).length) found.push([]);
  }
  return found.filter((run) => run.length > 1);
}

const step = ([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`;

function draw(svg, points) {
  const place = scale(points);
  const lines = runs(points).map((run) => run.map(place));
  svg.querySelector(".trend-line").setAttribute("d", lines.map((run) => `M${run.map(step).join("L")}`).join(""));
  svg.querySelector(".trend-area").setAttribute(
    "d",
    lines.map((run) => `M${run[0][0].toFixed(1)} 32L${run.map(step).join("L")}L${run.at(-1)[0].toFixed(1)} 32Z`).join(""),
  );
}

const drawing = (name) => document.querySelector(`[data-trend="${name}"]`);

export function append(name, iso, value) {
  const points = series.get(name) ?? [];
  const at = Date.parse(iso);
  if (!Number.isFinite(at) || at <= (points.at(-1)?.[0] ?? -Infinity)) return;
  points.push([at, isNumber(value) ? value : null]);
  series.set(name, points.slice(-KEPT));
  draw(drawing(name), series.get(name));
}

/** The server's points, where it gave any; else what was seen since the page opened stays. */
export function adopt() {
  for (const svg of document.querySelectorAll("[data-trend]")) {
    const points = JSON.parse(svg.dataset.points).slice(-KEPT);
    if (!points.length) continue;
    series.set(svg.dataset.trend, points);
    draw(svg, points);
  }
}

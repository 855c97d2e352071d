// What a chart holds: the server's JSON as the columns that uPlot draws. Pure.

const isNumber = (value) => typeof value === "number";

/** The columns: times, then of each line its values and, where there are some, those of the earlier time. */
export function columns(points) {
  return [points.times, ...points.lines.flatMap((line) => (line.compare ? [line.values, line.compare] : [line.values]))];
}

/** What each column behind the times is: [{line, label, then}]. */
export function kinds(points) {
  return points.lines.flatMap((line, number) => {
    const own = { line: number, label: line.label, then: false };
    return line.compare ? [own, { ...own, then: true }] : [own];
  });
}

/** The places of values with nothing on both sides: a line cannot show them, a dot can. */
export function alone(values) {
  const found = [];
  for (let place = 0; place < values.length; place += 1) {
    if (isNumber(values[place]) && !isNumber(values[place - 1]) && !isNumber(values[place + 1])) found.push(place);
  }
  return found;
}

/** The y axis of `unit` for values from `low` to `high`: [from, to]. A threshold that is near is shown with them. */
export function extent(low, high, unit, thresholds) {
  if (!isNumber(low) || !isNumber(high)) return [0, 1];
  const near = thresholds.map((each) => each.value).filter((value) => isNear(value, low, high, unit));
  const least = Math.min(low, ...near), most = Math.max(high, ...near);
  if (unit === "ratio" && low >= 0.5) return [Math.max(0, least - (1 - least) * 0.1 - 0.002), 1];
  return [0, unit === "ratio" ? Math.min(1, Math.max(most * 1.12, 0.01)) : most * 1.12 || 1];
}

function isNear(value, low, high, unit) {
  if (unit === "ratio") return low >= 0.5 ? value >= low - 0.1 : value <= high + 0.06;
  return value <= high * 2;
}

/** Marks that would cover one another are one: [{at, marks}], `room` seconds apart or more. */
export function gathered(marks, room) {
  const found = [];
  for (const mark of marks) {
    const group = found.at(-1);
    if (group && mark.at - group.at < room) group.marks.push(mark);
    else found.push({ at: mark.at, marks: [mark] });
  }
  return found;
}

/** One text: a line of names, then a line a step; null is empty. */
export function csv(points, compared) {
  const names = kinds(points).map((kind) => (kind.then ? `${kind.label} (${compared})` : kind.label));
  const [times, ...values] = columns(points);
  const rows = times.map((time, place) => [new Date(time * 1000).toISOString(), ...values.map((column) => column[place] ?? "")]);
  return [["time", ...names], ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

function cell(value) {
  const text = String(value);
  const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

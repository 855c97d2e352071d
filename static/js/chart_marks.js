// What is drawn beside the lines: thresholds across, and what happened meanwhile as upright marks with a text.
import { amount, longTime } from "./chart_axes.js";
import { gathered } from "./chart_points.js";
import { t } from "./text.js";

const SHAPES = { alert: "bell", deploy: "rocket", config: "sliders-horizontal" };
const ROOM = 14; // pixels
const NAMED = 5; // of the marks in one place

const names = { alert: () => t("Alert"), deploy: () => t("Deploy"), config: () => t("Configuration") };
const levels = { warning: () => t("warning"), critical: () => t("critical") };

function line(ctx, ratio, colour, dash, from, to) {
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = ratio;
  ctx.setLineDash(dash.map((each) => each * ratio));
  ctx.beginPath();
  const sharp = (ctx.lineWidth % 2) / 2; // between two pixels it would be a pale one of two
  ctx.moveTo(from[0] + sharp, from[1] + sharp);
  ctx.lineTo(to[0] + sharp, to[1] + sharp);
  ctx.stroke();
  ctx.restore();
}

function label(u, ratio, colours, text, y, below) {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.font = u.axes[0].font[0];
  ctx.textAlign = "left";
  ctx.textBaseline = below ? "top" : "bottom";
  ctx.lineWidth = 4 * ratio;
  ctx.strokeStyle = colours.card;
  ctx.fillStyle = colours.text;
  const place = y + (below ? 3 : -2) * ratio;
  ctx.strokeText(text, bbox.left + 6 * ratio, place);
  ctx.fillText(text, bbox.left + 6 * ratio, place);
  ctx.restore();
}

function drawThresholds(u, points, colours) {
  const { left, top, width, height } = u.bbox;
  const placed = points.thresholds.map((each) => [each, Math.round(u.valToPos(each.value, "y", true))]);
  const seen = placed.filter(([, y]) => y >= top && y <= top + height).sort((one, other) => one[1] - other[1]);
  for (const [number, [each, y]] of seen.entries()) {
    const close = number > 0 ? y - seen[number - 1][1] < 16 * devicePixelRatio : y - top < 14 * devicePixelRatio && seen.length === 1;
    line(u.ctx, devicePixelRatio, colours[each.severity], each.severity === "warning" ? [6, 3] : [], [left, y], [left + width, y]);
    const text = `${each.text ? `${each.text}: ` : ""}${levels[each.severity]()} ${amount(each.value, points.unit)}`;
    label(u, devicePixelRatio, colours, text, y, close);
  }
}

function drawMarks(u, points, colours) {
  const { top, height } = u.bbox;
  for (const mark of within(u, points)) {
    const x = Math.round(u.valToPos(mark.at, "x", true));
    line(u.ctx, devicePixelRatio, colours[mark.severity] ?? colours.info, [2, 3], [x, top], [x, top + height]);
  }
}

function within(u, points) {
  const { min, max } = u.scales.x;
  return points.marks.filter((mark) => mark.at >= min && mark.at <= max);
}

export function draw(u, points, colours) {
  drawMarks(u, points, colours);
  drawThresholds(u, points, colours);
}

export const inWords = (mark) => `${names[mark.kind]()}: ${mark.text}`;

function tell(group) {
  const said = group.marks.slice(0, NAMED).map((mark) => `${longTime(mark.at)} · ${inWords(mark)}`);
  if (group.marks.length > NAMED) said.push(t("and %(count)s more", { count: group.marks.length - NAMED }));
  return said.join("\n");
}

function shape(kind) {
  const svg = document.querySelector("svg.icon").cloneNode(true);
  const use = svg.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*$/, `#${SHAPES[kind]}`));
  return svg;
}

/** For the mouse alone: the list of what happened has the same links for everybody. */
function leadTo(element, href) {
  element.href = href;
  element.tabIndex = -1;
  element.draggable = false; // or a zoom that begins here would drag the link away
}

function flag(u, group, tip) {
  const worst = group.marks.find((mark) => mark.severity === "critical") ?? group.marks.find((mark) => mark.severity) ?? group.marks[0];
  const href = group.marks.length > 1 && document.getElementById("happened") ? "#happened" : worst.href;
  const element = document.createElement(href ? "a" : "span");
  if (href) leadTo(element, href);
  element.className = "chart-mark";
  element.dataset.kind = worst.kind;
  if (worst.severity) element.dataset.state = worst.severity;
  const left = u.valToPos(group.at, "x");
  element.style.left = `${left}px`;
  element.append(shape(worst.kind));
  element.addEventListener("mouseenter", () => show(u, tip, left, tell(group)));
  element.addEventListener("mouseleave", () => (tip.hidden = true));
  return element;
}

function show(u, tip, left, text) {
  tip.textContent = text;
  tip.hidden = false;
  const room = u.over.clientWidth - tip.offsetWidth;
  tip.style.left = `${Math.max(0, Math.min(left + 8, room))}px`;
}

/** The flags above the marks, made anew whenever the places change. */
export function place(u, points, holder, tip) {
  tip.hidden = true;
  const perPixel = (u.scales.x.max - u.scales.x.min) / (u.over.clientWidth || 1);
  holder.replaceChildren(...gathered(within(u, points), ROOM * perPixel).map((group) => flag(u, group, tip)));
}

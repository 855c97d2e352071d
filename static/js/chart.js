// Draws the charts of a page. Each is made once; newer values, another time or another theme are drawn into the same one.
import uPlot from "../vendor/uplot@1.6.32/uPlot.esm.js";
import { axes } from "./chart_axes.js";
import { followKeys, tellLegend } from "./chart_cursor.js";
import * as files from "./chart_files.js";
import { allSeries, readColours } from "./chart_lines.js";
import * as marks from "./chart_marks.js";
import { columns, extent, kinds } from "./chart_points.js";
import * as zoom from "./chart_zoom.js";
import { onRefreshed } from "./shell.js";
import { t } from "./text.js";

const DRAG_LEAST = 6; // pixels
const SYNC = "page";
const SELECTING = new Set(["mousedown", "mouseup", "dblclick"]); // what is dragged in one chart is its own

const drawn = new Map(); // figure -> Chart

class Chart {
  constructor(figure) {
    this.figure = figure;
    this.plot = figure.querySelector(".chart-plot");
    this.colours = readColours({}, this.plot);
    this.source = figure.dataset.points;
    this.points = JSON.parse(this.source);
    this.shape = shapeOf(this.points);
    this.make();
    this.startTools();
    followKeys(this.plot, () => this);
    new ResizeObserver(() => this.resize()).observe(this.plot);
  }

  make() {
    this.u?.destroy();
    this.flags = holder("chart-marks");
    this.tip = holder("chart-tip");
    this.u = new uPlot(this.options(), columns(this.points), this.plot);
    this.u.over.append(this.flags, this.tip);
    this.describe();
    marks.place(this.u, this.points, this.flags, this.tip);
  }

  options() {
    const font = `12px ${getComputedStyle(this.plot).fontFamily}`;
    return {
      width: this.plot.clientWidth, height: this.plot.clientHeight,
      legend: { show: false },
      padding: [12, 8, 0, 0],
      scales: {
        x: { time: true, range: () => [Math.min(this.points.from, this.points.times[0]), this.points.to] },
        y: { range: (u, low, high) => extent(low, high, this.points.unit, this.points.thresholds) },
      },
      series: allSeries(this.points, this.colours),
      axes: axes(this.points.unit, this.colours, font),
      cursor: {
        y: false, sync: { key: SYNC, filters: { pub: (type) => !SELECTING.has(type) } }, drag: { x: true, y: false, setScale: false, dist: DRAG_LEAST },
        points: { size: 7 }, bind: { dblclick: () => () => zoom.step("minus") },
      },
      hooks: {
        draw: [(u) => marks.draw(u, this.points, this.colours)],
        setCursor: [(u) => tellLegend(this.figure, this.points, u.cursor.idx)],
        setSelect: [(u) => this.zoomTo(u)],
        setSize: [(u) => marks.place(u, this.points, this.flags, this.tip)],
      },
    };
  }

  describe() {
    const name = this.figure.querySelector(".chart-title").textContent;
    this.plot.tabIndex = 0;
    this.plot.setAttribute("role", "application");
    this.plot.setAttribute("aria-label", t("Chart %(name)s. The arrow keys move through its values, + shows a shorter time, - a longer one.", { name }));
    this.plot.setAttribute("aria-describedby", `${this.figure.id}-summary`);
  }

  startTools() {
    const tools = this.figure.querySelector(".chart-tools");
    tools.hidden = false;
    tools.querySelector('[data-chart-file="png"]').addEventListener("click", () => files.png(this.figure, this.u, this.points, this.colours));
    tools.querySelector('[data-chart-file="csv"]').addEventListener("click", () => files.table(this.figure, this.points));
  }

  zoomTo(u) {
    const { left, width } = u.select;
    if (width < DRAG_LEAST) return;
    const [since, until] = [u.posToVal(left, "x"), u.posToVal(left + width, "x")];
    u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    zoom.show(since, until);
  }

  /** Takes what the server gave last; the drawing stays the same one unless it has other lines now. */
  adopt() {
    if (this.figure.dataset.points !== this.source) this.take(this.figure.dataset.points);
    tellLegend(this.figure, this.points, this.u.cursor.idx);
  }

  take(source) {
    this.source = source;
    this.points = JSON.parse(source);
    const shape = shapeOf(this.points);
    if (shape === this.shape) this.u.setData(columns(this.points));
    else this.make();
    this.shape = shape;
    marks.place(this.u, this.points, this.flags, this.tip);
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.plot;
    if (width && (width !== this.u.width || height !== this.u.height)) this.u.setSize({ width, height });
  }

  recolour() {
    readColours(this.colours, this.plot);
    this.u.redraw(false, true);
  }

  end() {
    this.u.destroy();
  }
}

const shapeOf = (points) => JSON.stringify(kinds(points));

function holder(name) {
  const element = document.createElement("div");
  element.className = name;
  element.hidden = name === "chart-tip";
  element.setAttribute("aria-hidden", "true");
  return element;
}

function adopt() {
  for (const [figure, chart] of drawn) {
    if (figure.isConnected) continue;
    chart.end();
    drawn.delete(figure);
  }
  for (const figure of document.querySelectorAll("figure.chart")) {
    if (drawn.has(figure)) drawn.get(figure).adopt();
    else drawn.set(figure, new Chart(figure));
  }
}

const recolour = () => drawn.forEach((chart) => chart.recolour());

new MutationObserver(recolour).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
zoom.start();
onRefreshed(adopt);

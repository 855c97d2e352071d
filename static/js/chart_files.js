// A chart as a file: the drawing as PNG with its title and legend, its values as CSV.
import { csv } from "./chart_points.js";

const MARGIN = 16, LINE = 26; // pixels of the page

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const fileName = (figure, points, kind) => `${figure.id}-${new Date(points.from * 1000).toISOString().slice(0, 16).replace(":", "")}.${kind}`;

function legend(figure) {
  return [...figure.querySelectorAll(".chart-line:not(.chart-then)")].map((item) => ({
    text: item.querySelector("span").textContent,
    colour: getComputedStyle(item.querySelector("svg")).color,
    dash: getComputedStyle(item.querySelector("path")).strokeDasharray.match(/[\d.]+/g)?.map(Number) ?? [],
  }));
}

function drawHead(ctx, figure, colours, ratio) {
  const family = getComputedStyle(figure).fontFamily;
  ctx.fillStyle = colours.text;
  ctx.textBaseline = "middle";
  ctx.font = `600 ${16 * ratio}px ${family}`;
  ctx.fillText(figure.querySelector(".chart-title").textContent, MARGIN * ratio, LINE * ratio * 0.8);
  ctx.font = `${12 * ratio}px ${family}`;
  let x = MARGIN * ratio;
  for (const { text, colour, dash } of legend(figure)) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = 2 * ratio;
    ctx.setLineDash(dash.map((each) => each * ratio));
    ctx.beginPath();
    ctx.moveTo(x, LINE * ratio * 1.7);
    ctx.lineTo(x + 26 * ratio, LINE * ratio * 1.7);
    ctx.stroke();
    ctx.fillText(text, x + 32 * ratio, LINE * ratio * 1.7);
    x += 32 * ratio + ctx.measureText(text).width + 18 * ratio;
  }
}

export function png(figure, u, points, colours) {
  const drawn = u.ctx.canvas, ratio = devicePixelRatio;
  const canvas = document.createElement("canvas");
  canvas.width = drawn.width + 2 * MARGIN * ratio;
  canvas.height = drawn.height + (2.4 * LINE + MARGIN) * ratio;
  const ctx = canvas.getContext("2d");
  ctx.fillStyle = colours.card;
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  drawHead(ctx, figure, colours, ratio);
  ctx.drawImage(drawn, MARGIN * ratio, 2.4 * LINE * ratio);
  canvas.toBlob((blob) => save(blob, fileName(figure, points, "png")), "image/png");
}

export function table(figure, points) {
  const compared = figure.querySelector(".chart-then span")?.textContent ?? "";
  save(new Blob([csv(points, compared)], { type: "text/csv" }), fileName(figure, points, "csv"));
}

// Messages above the tiles: broadcasts, errors of the monitor itself, the end of the session.
import { announce } from "./announcer.js";
import { setShape, shapeOf } from "./badge.js";
import { t } from "./text.js";

const KEPT = 5;

function link({ href, text }) {
  const element = document.createElement("a");
  element.href = href;
  element.textContent = text;
  return element;
}

/** A second notice with the same key replaces the first. */
export function notice({ key, severity, text, link: target }) {
  const list = document.getElementById("notices");
  const element = document.getElementById("notice-row").content.firstElementChild.cloneNode(true);
  const words = element.querySelector(".notice-text");
  element.dataset.key = key;
  element.dataset.state = severity;
  setShape(element.querySelector(".icon"), shapeOf(severity));
  words.textContent = text;
  if (target) words.append(" ", link(target));
  element.querySelector("button").addEventListener("click", () => element.remove());
  Array.from(list.children).find((each) => each.dataset.key === key)?.remove();
  list.prepend(element);
  while (list.children.length > KEPT) list.lastElementChild.remove();
  announce(text);
}

function body(data) {
  if (typeof data === "string") return data;
  return data?.message ?? data?.text ?? (data === null || data === undefined ? "" : JSON.stringify(data));
}

export function showBroadcast(broadcast) {
  const text = [broadcast.event, body(broadcast.data ?? broadcast.message)].filter(Boolean).join(": ");
  notice({ key: crypto.randomUUID?.() ?? text, severity: broadcast.severity ?? "info", text });
}

export function showSystemError(error) {
  notice({ key: "system:error", severity: "warning", text: t("The monitor itself reports: %(error)s", { error: body(error) }) });
}

// A state is told by shape, word and colour. templates/macros/badge.html holds the same table of shapes.
import { t } from "./text.js";

const shapes = {
  healthy: "circle-check", degraded: "triangle-alert", critical: "octagon-x", unknown: "circle-question-mark",
  warning: "triangle-alert", info: "info", error: "x",
  up: "circle-check", down: "octagon-x", pending: "circle-dashed", paused: "pause",
  firing: "bell", acknowledged: "check", resolved: "circle-check",
  connecting: "circle-dashed", live: "radio", reconnecting: "loader-circle", offline: "unplug", still: "minus",
};

export const known = (state) => (Object.hasOwn(shapes, state) ? state : "unknown");

const capitalised = (word) => word.charAt(0).toUpperCase() + word.slice(1);

export function setShape(icon, shape) {
  const use = icon.querySelector("use");
  const href = `${use.getAttribute("href").split("#")[0]}#${shape}`;
  if (use.getAttribute("href") !== href) use.setAttribute("href", href);
}

export const shapeOf = (state) => shapes[known(state)];

/** In the language of the page: the server gives the words of all states. */
export const wordOf = (state) => t(capitalised(known(state)));

export function setBadge(element, state, word = wordOf(state)) {
  const label = element.querySelector(".badge-word");
  if (element.dataset.state === known(state) && label.textContent === word) return;
  element.dataset.state = known(state);
  label.textContent = word;
  setShape(element, shapeOf(state));
}

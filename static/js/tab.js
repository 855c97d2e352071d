// The browser tab: its title and icon carry the state, on every page.
import { known, wordOf } from "./badge.js";

const rest = document.title.split(" · ").slice(1).join(" · ");
let state = "unknown", open = 0;

function write() {
  const count = open ? `(${open}) ` : "";
  document.title = `${count}${wordOf(state)} · ${rest}`;
  const icon = document.getElementById("favicon");
  const href = document.querySelector(`[data-favicon="${state}"]`)?.getAttribute("href");
  if (href && icon.getAttribute("href") !== href) icon.setAttribute("href", href);
}

function showInNavigation() {
  const element = document.getElementById("nav-alerts");
  if (!element) return;
  element.hidden = !open;
  element.firstChild.data = String(open);
}

export function showState(status) {
  state = known(status);
  write();
}

export function showOpenAlerts(count) {
  open = count;
  write();
  showInNavigation();
}

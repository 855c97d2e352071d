// The browser tab: its title and icon carry the state.
import { capitalised, known } from "./badge.js";

let state = "unknown", open = 0;

function write() {
  const count = open ? `(${open}) ` : "";
  document.title = `${count}${capitalised(state)} · GamePilot Monitor`;
  const icon = document.getElementById("favicon");
  const href = document.querySelector(`[data-favicon="${state}"]`)?.getAttribute("href");
  if (href && icon.getAttribute("href") !== href) icon.setAttribute("href", href);
}

export function showState(status) {
  state = known(status);
  write();
}

export function showOpenAlerts(count) {
  open = count;
  write();
}

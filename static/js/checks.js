// Checks and the monitor's own facts have no feed event; they are asked for again while somebody looks.
import { localiseTimes } from "./age.js";
import { refresh } from "./fragment.js";

const EVERY_MS = 30_000, JITTER_MS = 10_000, SOON_MS = 2000;
const PARTS = ["checks", "monitoring", "watching"];
let timer = 0;

async function run() {
  if (document.visibilityState === "visible" && navigator.onLine && (await refresh(PARTS))) localiseTimes();
  schedule(EVERY_MS);
}

function schedule(wait) {
  clearTimeout(timer);
  timer = setTimeout(run, wait + Math.random() * JITTER_MS);
}

/** After an alert about something that is down: every open page asks, so not all at once. */
export const refreshSoon = () => schedule(SOON_MS);

export const start = () => schedule(EVERY_MS);

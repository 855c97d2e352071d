// Parts of a page that the server renders again: at an event (`data-live`, event names) or from time to time
// (`data-live-every`, seconds). Each needs an id.
const SOON_MS = 60, JITTER_MS = 60; // every open page hears of an event in the same moment
const REST_MS = 400, REST_PER_WORK = 4; // a page that takes long to make is asked for less often
const TICK_MS = 1000, RETRY_MS = 5000;

const wanted = new Set();
const due = new Map(); // id -> when it is asked for next, of what has no event
let refreshed = null, timer = 0, restUntil = 0;

const marked = () => document.querySelectorAll("[data-live], [data-live-every]");
const named = (name) => document.querySelectorAll(`[data-live~="${name}"]`);

function want(elements) {
  for (const element of elements) wanted.add(element.id);
  if (wanted.size) schedule(SOON_MS + Math.random() * JITTER_MS);
}

function schedule(wait) {
  clearTimeout(timer);
  timer = setTimeout(run, Math.max(wait, restUntil - performance.now()));
}

async function run() {
  if (document.visibilityState !== "visible") return; // asked for when somebody looks again
  const ids = [...wanted];
  wanted.clear();
  const began = performance.now();
  const done = await refreshed(ids);
  restUntil = performance.now() + Math.max(REST_MS, (performance.now() - began) * REST_PER_WORK);
  if (!done) for (const id of ids) wanted.add(id);
  if (wanted.size) schedule(done ? 0 : RETRY_MS * (1 + Math.random()));
}

const seconds = (element) => Number(element.dataset.liveEvery) * 1000 * (1 + Math.random() / 3);

function tick() {
  if (document.visibilityState !== "visible" || !navigator.onLine) return;
  const now = performance.now();
  const ripe = [];
  for (const element of document.querySelectorAll("[data-live-every]")) {
    if (!due.has(element.id)) due.set(element.id, now + seconds(element));
    else if (due.get(element.id) <= now) {
      due.set(element.id, now + seconds(element));
      ripe.push(element);
    }
  }
  want(ripe);
}

/** An event of this name arrived. */
export const came = (name) => want(named(name));

/** The feed has a gap: whatever is live may be old. */
export const all = () => want(marked());

/** `asked(ids)` renders the elements again and says whether that worked. */
export function start(asked) {
  refreshed = asked;
  setInterval(tick, TICK_MS);
  document.addEventListener("visibilitychange", () => want([]));
}

// What every page does: follow the live feed, say how fresh the page is, and hand each event to who listens for it.
import * as age from "./age.js";
import { showConnection } from "./connection.js";
import * as copy from "./copy.js";
import { SharedFeed } from "./shared_feed.js";
import { refresh } from "./fragment.js";
import * as live from "./live.js";
import { showBroadcast, showSystemError } from "./notices.js";
import { showOpenAlerts, showState } from "./tab.js";

const TOPICS = ["health", "performance", "mood-persona", "alerts"];
const state = () => document.getElementById("shell").dataset;

const listeners = new Map();
const whenRefreshed = [];
let held = null; // items waiting for a refresh, or null
let running = Promise.resolve();
let epoch = state().feedEpoch;
const feed = new SharedFeed({ topics: TOPICS, since: Number(state().feedId), onItem: receive, onState: showConnection });

/** A form that was refused is answered at an address that cannot be asked for again: the page's own takes its place. */
function atPage() {
  const address = document.querySelector("[data-address]")?.dataset.address;
  if (!address || new URL(address, location.href).pathname === location.pathname) return;
  history.replaceState(history.state, "", address);
}

/** `handlers` is {event name: function of the event's data}. */
export function listen(handlers) {
  for (const [name, handle] of Object.entries(handlers)) listeners.set(name, [...(listeners.get(name) ?? []), handle]);
}

/** `adopt` runs now and each time after parts of the page came anew from the server. */
export function onRefreshed(adopt) {
  whenRefreshed.push(adopt);
  adopt();
}

function adoptShell() {
  showState(state().status);
  showOpenAlerts(Number(state().openAlerts));
  age.localiseTimes();
  copy.reveal();
  followEpoch();
}

function followEpoch() {
  if (state().feedEpoch === epoch) return;
  epoch = state().feedEpoch;
  feed.resumeFrom(Number(state().feedId));
}

/** Asks the server for these elements again, after whoever asks already. Returns whether it worked. */
export function refreshed(ids) {
  const mine = running.then(() => ask(ids));
  running = mine.catch(() => {});
  return mine;
}

/** Items that arrive meanwhile wait, so that an older page never overwrites them. */
async function ask(ids) {
  held = [];
  try {
    const done = await refresh(["shell", ...ids]);
    if (done) for (const adopt of whenRefreshed) adopt();
    return done;
  } finally {
    release();
  }
}

function release() {
  const waiting = held;
  held = null;
  for (const [name, data] of waiting) receive(name, data);
}

function receive(name, data) {
  if (held) {
    held.push([name, data]);
    return;
  }
  for (const handle of listeners.get(name) ?? []) handle(data);
  live.came(name);
}

listen({
  "health:update": (health) => {
    showState(health.status);
    age.dataAt(health.timestamp);
  },
  "alert:broadcast": showBroadcast,
  "system:error": showSystemError,
  "system:gap": () => live.all(),
});
atPage();
age.alignClock(state().generatedAt);
age.start();
copy.start();
live.start(refreshed);
onRefreshed(adoptShell);
feed.start();

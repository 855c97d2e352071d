// Keeps the overview live: each feed event goes to the module of its noun.
import * as age from "./age.js";
import * as alerts from "./alerts.js";
import * as checks from "./checks.js";
import { showConnection } from "./connection.js";
import * as copy from "./copy.js";
import * as errors from "./errors.js";
import { Feed } from "./feed.js";
import { refresh } from "./fragment.js";
import * as health from "./health.js";
import * as moodPersona from "./mood_persona.js";
import { showBroadcast, showSystemError } from "./notices.js";
import * as performance from "./performance.js";
import { showState } from "./tab.js";
import * as trend from "./trend.js";

const TOPICS = ["health", "performance", "mood-persona", "alerts"];
const REFRESH_TRIES = 5, REFRESH_PAUSE_MS = 5000;
const page = () => document.getElementById("overview");

let held = null; // items waiting for a refresh, or null
let epoch = page().dataset.feedEpoch;
const feed = new Feed({ topics: TOPICS, since: page().dataset.feedId, onItem: receive, onState: showConnection });

function adoptPage() {
  const rendered = document.getElementById("alerts").dataset.alerts;
  alerts.adopt(JSON.parse(rendered));
  showState(document.getElementById("status").dataset.state);
  age.localiseTimes();
  age.dataAt(document.getElementById("age").dataset.at);
  trend.adopt();
  copy.reveal();
  followEpoch();
}

function followEpoch() {
  if (page().dataset.feedEpoch === epoch) return;
  epoch = page().dataset.feedEpoch;
  feed.resumeFrom(page().dataset.feedId);
}

/** Items that arrive meanwhile wait, so that an older page never overwrites them. */
async function refreshAll(tries = REFRESH_TRIES) {
  if (held) return;
  held = [];
  const done = await refresh(["overview", "age"]);
  if (done) adoptPage();
  release();
  if (!done && tries > 1) setTimeout(() => refreshAll(tries - 1), REFRESH_PAUSE_MS * (1 + Math.random()));
}

/** The first event of all: the server then renders the page without its instructions. */
async function leaveFirstRun() {
  if (page().dataset.firstRun !== "true") return;
  await refreshAll();
}

function updateAlert(alert) {
  alerts.update(alert);
  if (alert.type === "system_down") checks.refreshSoon();
}

const handlers = {
  "health:update": health.update,
  "performance:update": performance.update,
  "mood-persona:update": moodPersona.update,
  "errors:update": errors.update,
  "alert:new": updateAlert,
  "alert:update": updateAlert,
  "alert:broadcast": showBroadcast,
  "system:error": showSystemError,
  "system:gap": () => refreshAll(),
  "system:shutdown": () => {},
};

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
  handlers[name](data);
  if (name === "performance:update" || name === "errors:update") leaveFirstRun();
}

age.alignClock(page().dataset.generatedAt);
age.start();
copy.start();
checks.start();
adoptPage();
feed.start();

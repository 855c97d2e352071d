// Keeps the overview live: each feed event goes to the module of its noun.
import * as alerts from "./alerts.js";
import * as errors from "./errors.js";
import * as health from "./health.js";
import * as moodPersona from "./mood_persona.js";
import * as performance from "./performance.js";
import { listen, onRefreshed, refreshed } from "./shell.js";
import * as trend from "./trend.js";

const REFRESH_TRIES = 5, REFRESH_PAUSE_MS = 5000;
const page = () => document.getElementById("overview");

let adopted = null; // the server's alerts that were taken over last; other parts may come anew without them

function adoptPage() {
  const { alerts: rendered, others } = document.getElementById("alerts").dataset;
  if (rendered + others !== adopted) alerts.adopt(JSON.parse(rendered), JSON.parse(others));
  adopted = rendered + others;
  trend.adopt();
}

async function refreshAll(tries = REFRESH_TRIES) {
  const done = await refreshed(["overview"]);
  if (!done && tries > 1) setTimeout(() => refreshAll(tries - 1), REFRESH_PAUSE_MS * (1 + Math.random()));
}

async function updateAlert(alert) {
  if (alerts.update(alert)) await refreshed(["alerts"]);
}

/** The first event of all: the server then renders the page without its instructions. */
async function leaveFirstRun() {
  if (page().dataset.firstRun === "true") await refreshAll();
}

listen({
  "health:update": health.update,
  "performance:update": performance.update,
  "mood-persona:update": moodPersona.update,
  "errors:update": errors.update,
  "alert:new": updateAlert,
  "alert:update": updateAlert,
  "system:gap": () => refreshAll(),
});
listen({ "performance:update": leaveFirstRun, "errors:update": leaveFirstRun });
onRefreshed(adoptPage);

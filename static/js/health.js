// The status at the top, the database tile, and the error totals: all from the health document.
import { setShape, shapeOf, known, wordOf } from "./badge.js";
import { patch } from "./fields.js";
import { byKey, showWhen, sync } from "./rows.js";
import { append } from "./trend.js";

function showStatus(status) {
  const state = known(status);
  const section = document.getElementById("status");
  section.dataset.state = state;
  document.getElementById("status-word").textContent = wordOf(state);
  setShape(section.querySelector(".status-icon"), shapeOf(state));
}

const connection = (connected) => (connected === true ? "up" : connected === false ? "down" : "unknown");

function showDatabase(database) {
  patch(document.getElementById("database"), { database: { state: connection(database.connected) } });
  const tables = Object.entries(database.tableCounts ?? {}).map(([name, count]) => ({ key: name, name, count }));
  sync(document.getElementById("table-counts"), "table-count-row", tables.sort(byKey));
  showWhen(tables.length > 0, "table-counts-table", "table-counts-none");
}

function showCriticalErrors(errors) {
  sync(document.getElementById("critical-errors"), "critical-row", errors.map((error) => ({ key: `${error.timestamp} ${error.operation}`, ...error })));
  showWhen(errors.length > 0, "critical", null);
}

export function update(health) {
  patch(document, { health });
  showStatus(health.status);
  showDatabase(health.database ?? {});
  showCriticalErrors(health.errors?.criticalErrors ?? []);
  append("error_rate", health.timestamp, health.errors?.errorRate);
  append("active_users", health.timestamp, health.moodPersona?.activeUsers24h);
}

// The alerts tile. Each alert is one element by id; it moves between the open and the resolved list as it changes.
import { announce } from "./announcer.js";
import { measure, titled } from "./format.js";
import { byKey, showWhen, sync } from "./rows.js";
import { t } from "./text.js";

const RANK = { critical: 0, warning: 1, info: 2 };
const KEPT_RESOLVED = 10;
const ROWS_SHOWN = 30; // of open ones, the worst; as many as templates/overview/alerts.html renders
const alerts = new Map();

const isOpen = (alert) => alert.status !== "resolved" && alert.status !== "pending";
const rank = (alert) => RANK[alert.severity] ?? 3;
const newestFirst = (member) => (one, other) => (other[member] ?? "").localeCompare(one[member] ?? "");

const text = (value) => (typeof value === "string" ? value : JSON.stringify(value));
const pairs = (values) => Object.entries(values ?? {}).map(([name, value]) => ({ key: name, name, value: text(value) })).sort(byKey);

function shown(alert) {
  return {
    ...alert,
    key: alert.id,
    typeText: titled(alert.type ?? ""),
    valueText: measure(alert.type, alert.value),
    thresholdText: measure(alert.type, alert.threshold),
    startedAt: alert.startedAt ?? alert.timestamp,
  };
}

function showPairs(list, values) {
  const items = pairs(values);
  sync(list, "pair-row", items);
  list.hidden = !items.length;
  return items.length;
}

function finish(element, alert) {
  element.dataset.severity = alert.severity;
  element.dataset.status = alert.status;
  showPairs(element.querySelector('[data-pairs="labels"]'), alert.labels);
  element.querySelector(".alert-more").hidden = !showPairs(element.querySelector('[data-pairs="metadata"]'), alert.metadata);
  const form = element.querySelector("form");
  if (form) form.action = form.getAttribute("action").replace(/\{id\}|%7Bid%7D/, alert.id);
}

function summary(open) {
  if (!open.length) return "No alerts are open";
  const critical = open.filter((alert) => alert.severity === "critical").length;
  return `${open.length} ${open.length === 1 ? "alert is" : "alerts are"} open${critical ? `, ${critical} critical` : ""}`;
}

function show() {
  const all = Array.from(alerts.values());
  const open = all.filter(isOpen).sort((one, other) => rank(one) - rank(other) || newestFirst("startedAt")(one, other));
  const ended = all.filter((alert) => alert.status === "resolved").sort(newestFirst("endedAt"));
  const resolved = ended.slice(0, KEPT_RESOLVED);
  for (const gone of ended.slice(KEPT_RESOLVED)) alerts.delete(gone.id); // or a day of alerts stays in memory
  const options = { name: "alert", after: finish };
  sync(document.getElementById("alerts-open"), "alert-row", open.slice(0, ROWS_SHOWN).map(shown), options);
  showMore(open.length - ROWS_SHOWN);
  sync(document.getElementById("alerts-resolved"), "alert-row", resolved.map(shown), options);
  showWhen(open.length > 0, null, "alerts-none");
  showWhen(resolved.length > 0, "alerts-past", null);
  document.getElementById("status-summary").textContent = summary(open);
}

function showMore(count) {
  document.getElementById("alerts-more").hidden = count <= 0;
  document.getElementById("alerts-more-text").textContent = t("and %(count)s more are open", { count });
}

function becameCritical(alert, before) {
  return alert.severity === "critical" && alert.status === "firing" && before?.severity !== "critical";
}

export function update(alert) {
  const before = alerts.get(alert.id);
  alerts.set(alert.id, { ...before, ...alert });
  show();
  if (becameCritical(alert, before)) announce(`Critical alert: ${titled(alert.type)}. ${alert.message}`);
  else if (alert.status === "resolved" && before?.severity === "critical") announce(`Resolved: ${titled(alert.type)}. ${alert.message}`);
}

/** The alerts that the server rendered; called again when the page was refreshed from the server. */
export function adopt(rendered) {
  alerts.clear();
  for (const alert of rendered) alerts.set(alert.id, alert);
  show();
}

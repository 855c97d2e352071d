// The alerts tile. Each alert is one element by id; it moves between the open and the resolved list as it changes.
// Of many that are open the worst are shown, and how many more there are.
import { announce } from "./announcer.js";
import { measure, titled } from "./format.js";
import { byKey, showWhen, sync } from "./rows.js";
import { t, tn } from "./text.js";

const RANK = { critical: 0, warning: 1, info: 2 };
const KEPT_RESOLVED = 10, SHOWN_OPEN = 20;
const alerts = new Map();
let others = new Map(); // id -> severity, of the open ones that the server did not render

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
  const link = element.querySelector(".alert-link");
  if (form) form.action = addressed(form.getAttribute("action"), alert.id);
  link.href = addressed(link.getAttribute("href"), alert.id);
}

const addressed = (address, id) => address.replace(/\{id\}|%7Bid%7D/, id);

function summary(open) {
  const severities = [...open.map((alert) => alert.severity), ...others.values()];
  if (!severities.length) return t("No alerts are open");
  const critical = severities.filter((severity) => severity === "critical").length;
  if (!critical) return tn("%(num)s alert is open", "%(num)s alerts are open", severities.length);
  return tn("%(num)s alert is open, %(critical)s critical", "%(num)s alerts are open, %(critical)s critical", severities.length, { critical });
}

function showMore(more) {
  document.getElementById("alerts-more").hidden = more === 0;
  document.getElementById("alerts-more-count").textContent = more;
}

function show() {
  const all = Array.from(alerts.values());
  const open = all.filter(isOpen).sort((one, other) => rank(one) - rank(other) || newestFirst("startedAt")(one, other));
  const ended = all.filter((alert) => alert.status === "resolved").sort(newestFirst("endedAt"));
  const resolved = ended.slice(0, KEPT_RESOLVED);
  for (const gone of ended.slice(KEPT_RESOLVED)) alerts.delete(gone.id); // or a day of alerts stays in memory
  const options = { name: "alert", after: finish };
  sync(document.getElementById("alerts-open"), "alert-row", open.slice(0, SHOWN_OPEN).map(shown), options);
  showMore(Math.max(open.length - SHOWN_OPEN, 0) + others.size);
  sync(document.getElementById("alerts-resolved"), "alert-row", resolved.map(shown), options);
  showWhen(open.length > 0, null, "alerts-none");
  showWhen(resolved.length > 0, "alerts-past", null);
  document.getElementById("status-summary").textContent = summary(open);
}

function becameCritical(alert, before) {
  return alert.severity === "critical" && alert.status === "firing" && before?.severity !== "critical";
}

const said = (alert) => ({ type: titled(alert.type), message: alert.message });

/** Returns whether there is room for alerts that only the server knows. */
export function update(alert) {
  const before = alerts.get(alert.id);
  others.delete(alert.id);
  alerts.set(alert.id, { ...before, ...alert });
  show();
  if (becameCritical(alert, before)) announce(t("Critical alert: %(type)s. %(message)s", said(alert)));
  else if (alert.status === "resolved" && before?.severity === "critical") announce(t("Resolved: %(type)s. %(message)s", said(alert)));
  return others.size > 0 && Array.from(alerts.values()).filter(isOpen).length < SHOWN_OPEN;
}

/** The alerts that the server rendered; called again when the page was refreshed from the server. */
export function adopt(rendered, severities) {
  alerts.clear();
  others = new Map(Object.entries(severities).map(([id, severity]) => [Number(id), severity]));
  for (const alert of rendered) alerts.set(alert.id, alert);
  show();
}

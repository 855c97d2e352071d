// The performance tile and the three key figures that come from it.
import { patch } from "./fields.js";
import { byKey, showWhen, sync } from "./rows.js";
import { append } from "./trend.js";

function withSpread(operations) {
  const peak = Math.max(0, ...operations.map((each) => each.p99 ?? 0));
  const part = (value) => (peak && value ? (value / peak) * 100 : 0);
  return operations.map((each) => ({ ...each, spread: { p50: part(each.p50), p95: part(each.p95), p99: part(each.p99) } }));
}

function showOperations(operations) {
  const named = Object.entries(operations).map(([name, each]) => ({ key: name, name, ...each }));
  named.sort(byKey);
  sync(document.getElementById("operations"), "operation-row", withSpread(named));
  showWhen(named.length > 0, "operations-table", "operations-none");
}

function showSlowQueries(queries) {
  sync(document.getElementById("slow-queries"), "slow-row", queries.map((query) => ({ key: query.operation, ...query })));
  showWhen(queries.length > 0, "slow", "slow-none");
}

export function update(performance) {
  patch(document, { performance });
  showOperations(performance.operations ?? {});
  showSlowQueries(performance.slowQueries ?? []);
  const summary = performance.summary ?? {};
  append("response_time", performance.timestamp, summary.avgResponseTime);
  append("success_rate", performance.timestamp, summary.overallSuccessRate);
  append("operations", performance.timestamp, summary.totalOperations);
}

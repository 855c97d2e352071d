// The moods and players tile.
import { patch } from "./fields.js";
import { signed, titled } from "./format.js";
import { byKey, showWhen, sync, withShares } from "./rows.js";

function showMoods(patterns) {
  sync(document.getElementById("moods"), "mood-row", withShares(patterns.map((row) => ({ key: row.primaryMood, ...row }))));
  showWhen(patterns.length > 0, "moods-table", "moods-none");
}

function showActions(patterns) {
  const rows = patterns.map((row) => ({ key: row.type, typeText: titled(row.type), ...row }));
  sync(document.getElementById("actions"), "action-row", withShares(rows));
  showWhen(patterns.length > 0, "actions-table", "actions-none");
}

function showLearning(learning) {
  const rows = Object.entries(learning).map(([name, metric]) => ({
    key: name, nameText: titled(name), value: metric.value, trendText: signed(metric.trend),
  }));
  rows.sort(byKey);
  sync(document.getElementById("learning"), "learning-row", rows);
  showWhen(rows.length > 0, "learning-table", "learning-none");
}

export function update(mood_persona) {
  patch(document, { mood_persona });
  showMoods(mood_persona.moodPatterns ?? []);
  showActions(mood_persona.actionPatterns ?? []);
  showLearning(mood_persona.learning ?? {});
}

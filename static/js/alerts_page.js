// Triage by keyboard, on the list of alerts and on the page of one. Without this script the forms do the same.
import { announce } from "./announcer.js";
import { onRefreshed } from "./shell.js";
import { t } from "./text.js";

const JUMP_MS = 1500; // after `g` a key is a jump to another page
const CURRENT = "gamepilot-mon:alert"; // where one was, so that a reload goes on from there

const list = document.getElementById("inbox");
const bulk = document.getElementById("bulk");
const rows = () => Array.from(document.querySelectorAll(".inbox-row"));
const box = (row) => row.querySelector('input[name="alert"]');
const boxes = () => rows().map(box).filter(Boolean);
const ticked = () => boxes().filter((each) => each.checked);
// The row that the keys act on, and where it stood, for when it is gone.
let { current, place } = JSON.parse(sessionStorage.getItem(CURRENT) ?? '{"current": null, "place": 0}');
let jumpAt = -JUMP_MS;

function currentRow() {
  return rows().find((row) => row.dataset.alert === current) ?? null;
}

function remember(row) {
  current = row.dataset.alert;
  place = rows().indexOf(row);
  sessionStorage.setItem(CURRENT, JSON.stringify({ current, place }));
}

function goTo(row) {
  if (!row) return;
  remember(row);
  row.focus();
}

function move(step) {
  const all = rows();
  const here = currentRow();
  const from = here ? all.indexOf(here) + step : Math.min(place, all.length - 1);
  goTo(all[Math.max(0, Math.min(all.length - 1, from))]);
}

const selection = (count) => (count === 1 ? t("1 alert is ticked") : t("%(count)s alerts are ticked", { count }));

function showSelection() {
  if (!bulk) return;
  const count = ticked().length;
  bulk.toggleAttribute("data-some", count > 0);
  document.getElementById("bulk-count").textContent = count ? selection(count) : t("Tick alerts, then say what becomes of them.");
}

function tick(row) {
  const mine = row && box(row);
  if (!mine) return;
  mine.checked = !mine.checked;
  showSelection();
  announce(selection(ticked().length));
}

function tickAll() {
  const all = boxes();
  const wanted = all.some((each) => !each.checked);
  for (const each of all) each.checked = wanted;
  showSelection();
  announce(selection(ticked().length));
}

/** What is ticked, else the current alert; false when there is neither. */
function choose() {
  const mine = currentRow() && box(currentRow());
  if (!ticked().length && mine) mine.checked = true;
  showSelection();
  return ticked().length > 0;
}

function acknowledge() {
  if (bulk && choose()) bulk.requestSubmit(document.getElementById("bulk-acknowledge"));
}

/** A silence needs a reason and an end: to the field, where Enter then sends it. */
function silence() {
  if (!bulk || !choose()) return;
  const lasting = document.getElementById("bulk-for");
  if (!lasting.value) lasting.value = "1h";
  bulk.dataset.enter = "bulk-silence";
  document.getElementById("bulk-reason").focus();
  announce(t("Write the reason for the silence, then press Enter."));
}

function open(row, where = "") {
  if (row) location.assign(row.querySelector(".row-message a").href + where);
}

const inList = {
  j: () => move(1),
  k: () => move(-1),
  x: () => tick(currentRow()),
  A: tickAll,
  a: acknowledge,
  s: silence,
  n: () => bulk && open(currentRow(), "#note-text"),
  o: () => open(currentRow()),
};

function toField(id) {
  const field = document.getElementById(id);
  if (!field) return;
  field.closest("details")?.setAttribute("open", "");
  field.focus();
}

const onDetail = {
  u: () => document.getElementById("back").click(),
  a: () => toField("ack-reason"),
  s: () => toField("silence-reason"),
  n: () => toField("note-text"),
};

const isTyping = (element) =>
  element.isContentEditable || element.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])");

function act(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const jumps = event.timeStamp - jumpAt < JUMP_MS;
  jumpAt = event.key === "g" ? event.timeStamp : -JUMP_MS;
  if (jumps) return;
  if (list && event.key === "Enter" && event.target.matches(".inbox-row")) return open(event.target);
  const handle = (list ? inList : onDetail)[event.key];
  if (!handle) return;
  event.preventDefault();
  handle();
}

/** Enter in the reason sends what was asked for by key; the first button otherwise. */
function sendByEnter(event) {
  if (event.key !== "Enter" || event.target.id !== "bulk-reason" || !bulk.dataset.enter) return;
  event.preventDefault();
  bulk.requestSubmit(document.getElementById(bulk.dataset.enter));
}

/** The notice is for those who have just come: a reload, or the next refresh, would show it anew. */
function forgetDeed() {
  const address = new URL(location.href);
  address.searchParams.delete("done");
  history.replaceState(history.state, "", address);
  announce(document.querySelector("#deed > span").textContent.trim());
}

function startList() {
  list.addEventListener("focusin", (event) => {
    const row = event.target.closest(".inbox-row");
    if (row) remember(row);
  });
  document.addEventListener("change", (event) => event.target.name === "alert" && showSelection());
  bulk?.addEventListener("keydown", sendByEnter);
  bulk?.addEventListener("focusout", (event) => bulk.contains(event.relatedTarget) || delete bulk.dataset.enter);
  if (document.getElementById("deed")) {
    forgetDeed();
    if (current) goTo(rows()[Math.min(place, rows().length - 1)]); // what was acknowledged has moved; go on with the next
  }
  onRefreshed(showSelection);
}

document.addEventListener("keydown", act);
if (list) startList();

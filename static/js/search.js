// Search over everything in a dialog: the results are those of the search page, asked for as one types.
import { announce } from "./announcer.js";

const PAUSE_MS = 150;
const dialog = document.getElementById("search");
const field = document.getElementById("search-text");
const list = document.getElementById("search-found");
let timer = 0, asked = 0;

const links = () => Array.from(list.querySelectorAll("a"));

async function ask() {
  const number = ++asked;
  const answer = await fetch(`/search?${new URLSearchParams({ q: field.value })}`, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (number !== asked) return; // something newer was typed meanwhile
  const place = list.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  list.replaceChildren(...document.importNode(page.getElementById("found"), true).childNodes);
  if (place) (links().find((link) => link.getAttribute("href") === place) ?? field).focus();
  announce(list.querySelector("[data-count]")?.textContent.trim() ?? "");
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(() => ask().catch(() => {}), PAUSE_MS);
}

function move(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const stops = [field, ...links()];
  stops[(stops.indexOf(document.activeElement) + step + stops.length) % stops.length].focus();
}

export function open() {
  dialog.showModal();
  field.select();
}

export function start() {
  field.addEventListener("input", soon);
  dialog.addEventListener("keydown", move);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.getElementById("search-open").addEventListener("click", (event) => {
    event.preventDefault();
    open();
  });
}

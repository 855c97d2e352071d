// Copies a block of commands.
import { announce } from "./announcer.js";
import { t } from "./text.js";

const SHOWN_MS = 2000;

function selectAll(element) {
  const selection = getSelection();
  selection.removeAllRanges();
  const range = document.createRange();
  range.selectNodeContents(element);
  selection.addRange(range);
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const word = button.querySelector(".copy-word");
  try {
    await navigator.clipboard.writeText(source.textContent);
    word.textContent = t("Copied");
    announce(t("Copied."));
  } catch {
    // No clipboard without TLS, or the reader refused it: a selected text is one key away from it.
    selectAll(source);
    word.textContent = t("Selected");
  }
  setTimeout(() => { word.textContent = t("Copy"); }, SHOWN_MS);
}

/** The buttons are hidden until a script can answer them. */
export function reveal() {
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
}

export function start() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
  });
}

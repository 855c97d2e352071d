// Keys of every page: `?` help, `/` search, `g` and a letter to jump. None acts while somebody types.
const JUMP_WITHIN_MS = 1500;
let jumpUntil = 0;

const isTyping = (target) => target instanceof Element && Boolean(target.closest("input, textarea, select, [contenteditable]"));

export const isFree = (event) => !(event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target) || document.querySelector("dialog[open]"));

function jump(key) {
  jumpUntil = 0;
  Array.from(document.querySelectorAll("[data-jump]")).find((each) => each.dataset.jump === key)?.click();
}

function press(event, actions) {
  if (!isFree(event)) return false;
  if (performance.now() < jumpUntil) jump(event.key); // also where it leads nowhere: the page does not hear of it
  else if (event.key === "g") jumpUntil = performance.now() + JUMP_WITHIN_MS;
  else if (Object.hasOwn(actions, event.key)) actions[event.key]();
  else return false;
  return true;
}

/** `actions` is {key: function}. A key that did something is kept from the page's own keys. */
export function start(actions) {
  document.addEventListener("keydown", (event) => {
    if (!press(event, actions)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, { capture: true });
}

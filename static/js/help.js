// The list of keys: those of every page, then those that this page names in a <dl data-keys>.
const dialog = document.getElementById("help");

function pageKeys() {
  const lists = Array.from(document.querySelectorAll("main dl[data-keys]"), (list) => list.cloneNode(true));
  for (const list of lists) {
    list.hidden = false;
    list.removeAttribute("data-keys");
  }
  return lists;
}

export function open() {
  const own = pageKeys();
  document.getElementById("help-page").hidden = !own.length;
  document.getElementById("help-page-keys").replaceChildren(...own);
  dialog.showModal();
}

export function start() {
  const button = document.getElementById("help-open");
  button.hidden = false;
  button.addEventListener("click", open);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
}

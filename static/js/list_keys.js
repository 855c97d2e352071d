// A list of links by keyboard: j and k go down and up, Enter opens (it is a link).
const links = () => Array.from(document.querySelectorAll(".check-name, .incident-name"));

function isTyping(target) {
  return target.closest("input, textarea, select, [contenteditable]") !== null;
}

function step(by) {
  const all = links();
  if (!all.length) return;
  const here = all.indexOf(document.activeElement);
  const next = all[here === -1 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(here + by, 0), all.length - 1)];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
});

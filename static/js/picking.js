// Choosing all rows of a list at once, and saying how many are chosen.
import { onRefreshed } from "./shell.js";
import { t } from "./text.js";

const all = document.getElementById("pick-all");
const said = document.getElementById("picked");
const rows = () => [...document.querySelectorAll('input[name="group"]')];

function show() {
  const boxes = rows();
  const number = boxes.filter((box) => box.checked).length;
  all.checked = number > 0 && number === boxes.length;
  all.indeterminate = number > 0 && number < boxes.length;
  said.textContent = number ? t("%(count)s chosen", { count: number }) : t("nothing chosen");
}

if (all) {
  all.closest("label").hidden = false;
  all.addEventListener("change", () => {
    for (const box of rows()) box.checked = all.checked;
    show();
  });
  document.addEventListener("change", (event) => event.target.matches('input[name="group"]') && show());
  onRefreshed(show);
}

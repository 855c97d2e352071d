// The form of a rule: beside it, while one writes, what the rule would have told.
import { localiseTimes } from "./age.js";
import { announce } from "./announcer.js";
import { preview } from "./preview.js";

const form = document.getElementById("rule-form");
const zone = document.getElementById("night-zone");
const verdict = () => document.getElementById("verdict")?.textContent.replace(/\s+/g, " ").trim() ?? "";

let said = verdict();

function shown() {
  localiseTimes(document.getElementById("preview"));
  if (verdict() === said) return;
  said = verdict();
  announce(said);
}

/** Night is where the reader is. */
function useOwnZone() {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!own || zone.value === own) return false;
  zone.value = own;
  return true;
}

/** The same hour of the week is, in a rule that is new, on the reader's clock unless another one was written. */
function proposeOwnZone() {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const [rule, hours] = [form.elements.rule, form.elements.zone];
  if (own && hours && rule.value === "" && hours.value === "UTC" && !document.getElementById("problem")) hours.value = own;
}

if (form.method === "post") {
  proposeOwnZone();
  const ask = preview(form, ["preview"], shown);
  if (useOwnZone() && said) ask();
} else {
  useOwnZone();
  form.addEventListener("change", () => form.requestSubmit());
}

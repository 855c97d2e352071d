// The forms of silences and windows: while one writes, how many open alerts match and when it comes.
import { localiseTimes } from "./age.js";
import { announce } from "./announcer.js";
import { preview } from "./preview.js";
import { refreshed } from "./shell.js";

const form = document.getElementById("mute-form");
const bar = document.querySelector(".calendar-bar");
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
const matched = () => document.getElementById("matched").textContent.replace(/\s+/g, " ").trim();

function startForm() {
  let said = matched();
  const ask = preview(form, ["effect"], () => {
    localiseTimes(document.getElementById("effect"));
    if (matched() !== said) announce(matched());
    said = matched();
  });
  const zone = form.elements.zone;
  if (own && zone.value === "UTC") zone.value = own;
  if (form.elements.matchers.value) ask();
}

/** The calendar is on the reader's clock unless the address says another one. */
async function useOwnZone() {
  const address = new URL(location.href);
  if (!own || own === "UTC" || address.searchParams.has("tz")) return;
  address.searchParams.set("tz", own);
  history.replaceState(null, "", address);
  await refreshed(["calendar"]);
}

if (form) startForm();
bar.addEventListener("change", (event) => {
  if (event.target.name === "span") bar.requestSubmit();
});
useOwnZone();

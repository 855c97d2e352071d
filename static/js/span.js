// The fields of the time picker in the reader's zone; what is sent is UTC again.
import { onRefreshed } from "./shell.js";

const pad = (number) => String(number).padStart(2, "0");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const shown = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

function local(utc) {
  const at = new Date(`${utc}Z`);
  if (Number.isNaN(at.getTime())) return utc;
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}T${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
}

function adopt() {
  for (const input of document.querySelectorAll("input[data-utc]")) {
    if (input.matches(":focus") || input.dataset.shown === input.dataset.utc) continue;
    input.dataset.shown = input.dataset.utc;
    input.value = local(input.dataset.utc);
  }
  for (const element of document.querySelectorAll(".span-zone")) element.textContent = zone;
  for (const element of document.querySelectorAll(".span-own time")) {
    const at = new Date(element.dateTime);
    element.title = `${element.dateTime.replace("T", " ").replace("Z", "")} UTC`;
    if (!Number.isNaN(at.getTime())) element.textContent = shown.format(at);
  }
}

document.addEventListener("formdata", (event) => {
  if (!event.target.matches(".span-form")) return;
  for (const { name } of event.target.querySelectorAll("input[data-utc]")) {
    const at = new Date(event.formData.get(name));
    if (!Number.isNaN(at.getTime())) event.formData.set(name, at.toISOString());
  }
});
onRefreshed(adopt);

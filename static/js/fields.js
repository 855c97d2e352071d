// Writes a document's members into the elements that name them. Only what changed is touched, and only as text:
// focus, selection and scrolling survive, and no value is ever read as markup.
import { setBadge } from "./badge.js";
import { writeTime } from "./age.js";
import { NONE, isMissing, written } from "./format.js";
import { t } from "./text.js";

const member = (document, path) => path.split(".").reduce((part, name) => part?.[name], document);

function writeText(element, text) {
  const only = element.childNodes.length === 1 ? element.firstChild : null;
  if (only?.nodeType !== Node.TEXT_NODE) element.textContent = text;
  else if (only.nodeValue !== text) only.nodeValue = text;
}

function writeField(element, value) {
  const missing = isMissing(value) || value === NONE;
  element.toggleAttribute("data-none", missing);
  if (missing) element.title = t("no data");
  else element.removeAttribute("title");
  if (element.localName !== "time") return writeText(element, written(value, element.dataset.format));
  if (missing) element.removeAttribute("datetime");
  if (missing || !writeTime(element, value)) writeText(element, written(value, "text"));
  else if (!element.title) element.title = element.dateTime;
}

/** `documents` is {name: document}; an element's path starts with the name. Names not given are left alone. */
export function patch(root, documents) {
  const given = (path) => Object.hasOwn(documents, path.split(".", 1)[0]);
  for (const element of root.querySelectorAll("[data-field]")) {
    if (given(element.dataset.field)) writeField(element, member(documents, element.dataset.field));
  }
  for (const element of root.querySelectorAll("[data-badge]")) {
    if (given(element.dataset.badge)) setBadge(element, member(documents, element.dataset.badge));
  }
  for (const element of root.querySelectorAll("[data-width]")) {
    if (given(element.dataset.width)) element.setAttribute("width", (member(documents, element.dataset.width) || 0).toFixed(2));
  }
  for (const element of root.querySelectorAll("[data-mark]")) {
    if (given(element.dataset.mark)) element.toggleAttribute("data-marked", member(documents, element.dataset.mark) > 0);
  }
}

// Asks the server what a form would mean while it is written: the same page that a button without a script shows.
// Parts named by `ids` are merged into this page, and each field's error goes below its field. Nothing is stored.
import { Idiomorph } from "../vendor/idiomorph@0.8.0/idiomorph.esm.js";

const PAUSE_MS = 300;

/** `form.dataset.preview` is where it is asked; `done(page)` runs after each answer. */
export function preview(form, ids, done = () => {}) {
  let timer = 0, asking = null;

  async function ask() {
    asking?.abort();
    asking = new AbortController();
    setBusy(true);
    try {
      const answer = await fetch(form.dataset.preview, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "text/html" }, signal: asking.signal });
      if (answer.ok || answer.status === 422) show(new DOMParser().parseFromString(await answer.text(), "text/html"));
      setBusy(false);
    } catch (error) {
      if (error.name === "AbortError") return;
      console.warn("There is no preview:", error);
      setBusy(false);
    }
  }

  function show(page) {
    for (const id of ids) {
      const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
      if (old && fresh) Idiomorph.morph(old, fresh, { morphStyle: "outerHTML", ignoreActiveValue: true, callbacks: { beforeAttributeUpdated } });
    }
    for (const error of document.querySelectorAll("[data-error-of]")) showError(error, page.getElementById(error.id));
    showProblem(page.getElementById("problem"));
    done(page);
  }

  function setBusy(busy) {
    for (const id of ids) document.getElementById(id)?.setAttribute("aria-busy", String(busy));
  }

  function soon() {
    asking?.abort();
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  }

  // What the server found wrong in a form that was sent stays marked, also an empty field.
  for (const field of form.querySelectorAll('[aria-invalid="true"]')) field.setAttribute("data-seen", "");
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  return ask;
}

const beforeAttributeUpdated = (name, element) => !(name === "open" && element.localName === "details");

/** An empty field that nobody has come to yet is not wrong. */
function showError(error, fresh) {
  const field = document.getElementById(error.dataset.errorOf);
  const text = fresh?.hidden === false ? fresh.querySelector("span").textContent : "";
  const wrong = text !== "" && (field.value !== "" || field.hasAttribute("data-seen"));
  error.hidden = !wrong;
  error.querySelector("span").textContent = wrong ? text : "";
  if (wrong) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}

/** How much is wrong, where the page says so already: nobody is told of it before the form was sent. */
function showProblem(fresh) {
  const problem = document.getElementById("problem");
  if (!problem) return;
  problem.hidden = !fresh;
  if (fresh) problem.querySelector("span").textContent = fresh.querySelector("span").textContent;
}

document.addEventListener("focusout", (event) => event.target.setAttribute?.("data-seen", ""));

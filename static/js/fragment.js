// Asks the server for the page again and merges parts of it into this one, keeping focus and open details.
let morph = null;

async function loadMorph() {
  morph ??= (await import("../vendor/idiomorph@0.8.0/idiomorph.esm.js")).Idiomorph.morph;
  return morph;
}

// When the page is at rest, so that the first change does not wait for it.
if ("requestIdleCallback" in window) requestIdleCallback(() => loadMorph().catch(() => {}));

const callbacks = {
  beforeNodeMorphed: (old) => !(old instanceof Element && old.matches("template, .trend > *, [data-keep]")),
  beforeAttributeUpdated: (name, element) => !(name === "open" && element.localName === "details"),
};

/** What somebody writes in stays as it is; anything else that has the focus, such as a row of a list, comes anew. */
const isWriting = () => document.activeElement?.matches("input, textarea, select") ?? false;

async function fetchPage() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
  if (!answer.ok || answer.redirected) return null;
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

/** Returns whether the page was refreshed; a failure leaves everything as it is, for the next try. */
export async function refresh(ids) {
  try {
    const [page, merge] = await Promise.all([fetchPage(), loadMorph()]);
    if (!page) return false;
    for (const id of ids) {
      const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
      if (old && fresh) merge(old, fresh, { morphStyle: "outerHTML", ignoreActiveValue: isWriting(), callbacks });
    }
    return true;
  } catch (error) {
    console.warn("The page could not be refreshed:", error);
    return false;
  }
}

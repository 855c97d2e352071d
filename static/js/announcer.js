// Says what a screen reader should hear; everything else on the page changes silently.
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}

// A screen on the wall: `?kiosk` shows the page alone, and the screen does not go to sleep.
async function stayAwake() {
  if (document.visibilityState !== "visible" || !("wakeLock" in navigator)) return;
  try {
    await navigator.wakeLock.request("screen");
  } catch {
    // A battery that runs low may refuse; the page still shows.
  }
}

function leave() {
  const address = new URL(location.href);
  address.searchParams.delete("kiosk");
  location.assign(address);
}

export function start() {
  if (!document.documentElement.hasAttribute("data-kiosk")) return;
  stayAwake();
  document.addEventListener("visibilitychange", stayAwake);
  document.addEventListener("keydown", (event) => event.key === "Escape" && !document.querySelector("dialog[open]") && leave());
}

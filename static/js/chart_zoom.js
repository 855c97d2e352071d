// The time that the page shows is in its address. A zoom changes the address and asks for the page anew, without leaving it.
import { refreshed } from "./shell.js";

const LEAST_S = 60;

const parts = () => [...document.querySelectorAll("[data-ranged]")].map((element) => element.id);

/** Shows from `since` to `until`, in seconds, and can be taken back by the browser's own button. */
export function show(since, until) {
  const middle = (since + until) / 2, half = Math.max(until - since, LEAST_S) / 2;
  const address = new URL(location.href);
  address.searchParams.delete("span");
  address.searchParams.delete("page");
  const moments = { from: (middle - half) * 1000, to: Math.min((middle + half) * 1000, Date.now()) };
  for (const [name, at] of Object.entries(moments)) address.searchParams.set(name, new Date(at).toISOString());
  address.hash = "";
  history.pushState(null, "", address);
  follow();
}

async function follow() {
  if (!(await refreshed(parts()))) location.reload();
}

/** A step of the picker (`minus` is a longer time), if there is one. */
export function step(shape) {
  document.querySelector(`[data-span-step="${shape}"]`)?.click();
}

export const start = () => addEventListener("popstate", (event) => event.state === null && !location.hash && follow());

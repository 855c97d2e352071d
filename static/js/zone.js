// Times of the page by the reader's own clock, unless the address names a zone.
import { refreshed } from "./shell.js";

const PARTS = ["mood-page", "spans"];
const input = document.getElementById("zone");
const mine = Intl.DateTimeFormat().resolvedOptions().timeZone;

if (input && !input.dataset.given && mine && mine !== input.value) {
  const address = new URL(location.href);
  address.searchParams.set("zone", mine);
  history.replaceState(history.state, "", address);
  refreshed(PARTS);
}

// Times of the page by the reader's own clock, unless the address names a zone.
import { refreshed } from "./shell.js";

const PARTS = ["mood-page", "spans", "alert-history"];
const input = document.getElementById("zone");
const mine = Intl.DateTimeFormat().resolvedOptions().timeZone;

const given = new URL(location.href).searchParams.get("zone");

if (input && !given && mine && mine !== input.value) {
  const address = new URL(location.href);
  address.searchParams.set("zone", mine);
  history.replaceState(history.state, "", address);
  refreshed(PARTS);
}

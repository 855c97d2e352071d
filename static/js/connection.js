// The state of the live feed, in the header.
import { announce } from "./announcer.js";
import { setBadge } from "./badge.js";
import { notice } from "./notices.js";
import { t } from "./text.js";

const SPOKEN = { offline: t("Live updates have stopped."), live: t("Live updates are back.") };
let last = "still";

function say(state) {
  const isBack = state === "live" && last !== "connecting" && last !== "still";
  if (state === "offline" || isBack) announce(SPOKEN[state]);
}

export function showConnection(state) {
  if (state === last) return;
  const badge = document.querySelector("#connection .badge");
  if (state === "signed-out") {
    setBadge(badge, "offline", t("Signed out"));
    notice({ key: "signed-out", severity: "warning", text: t("You are signed out. The values below are no longer updated."), link: { href: "/sign-in", text: t("Sign in") } });
  } else {
    setBadge(badge, state);
    say(state);
  }
  last = state;
}

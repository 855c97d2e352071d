// Light, dark, or what the system says; remembered in this browser. Loaded before the first paint.
import { setShape } from "./badge.js";
import { t } from "./text.js";

const KEY = "theme";
const ORDER = ["system", "light", "dark"];
const SHAPES = { system: "monitor", light: "sun", dark: "moon" };
const WORDS = { system: t("Theme: system"), light: t("Theme: light"), dark: t("Theme: dark") };

function remembered() {
  try {
    const theme = localStorage.getItem(KEY);
    return ORDER.includes(theme) ? theme : "system";
  } catch {
    return "system"; // storage is switched off
  }
}

function remember(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // The choice lasts as long as the page.
  }
}

function apply(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

function label(button, theme) {
  button.querySelector(".theme-word").textContent = WORDS[theme];
  setShape(button.querySelector(".icon"), SHAPES[theme]);
}

function startToggle() {
  const button = document.getElementById("theme-toggle");
  let theme = remembered();
  label(button, theme);
  button.hidden = false;
  button.addEventListener("click", () => {
    theme = ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length];
    remember(theme);
    apply(theme);
    label(button, theme);
  });
}

apply(remembered());
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", startToggle);
else startToggle();

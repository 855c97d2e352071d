// A short tone for each new critical alert, in a browser whose reader asked for it.
import { listen } from "./shell.js";
import { t } from "./text.js";

const KEY = "sound";
const TONES = [[660, 0], [880, 0.14]], LENGTH_S = 0.12, LOUDNESS = 0.12;
const button = document.getElementById("sound-toggle");
let context = null;

function remembered() {
  try {
    return localStorage.getItem(KEY) === "on";
  } catch {
    return false; // storage is switched off
  }
}

function remember(on) {
  try {
    localStorage.setItem(KEY, on ? "on" : "off");
  } catch {
    // The choice lasts as long as the page.
  }
}

function tone(hertz, after) {
  const [source, volume] = [context.createOscillator(), context.createGain()];
  const begin = context.currentTime + after;
  source.frequency.value = hertz;
  volume.gain.setValueAtTime(LOUDNESS, begin);
  volume.gain.exponentialRampToValueAtTime(0.001, begin + LENGTH_S);
  source.connect(volume).connect(context.destination);
  source.start(begin);
  source.stop(begin + LENGTH_S);
}

/** Browsers keep quiet until somebody has touched the page; then the next alert is heard. */
export function play() {
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume().catch(() => {});
  for (const [hertz, after] of TONES) tone(hertz, after);
}

function show(on) {
  button.setAttribute("aria-pressed", String(on));
  button.querySelector(".sound-word").textContent = on ? t("Sound: on") : t("Sound: off");
}

export function start() {
  let on = remembered();
  show(on);
  button.hidden = false;
  button.addEventListener("click", () => {
    on = !on;
    remember(on);
    show(on);
    if (on) play();
  });
  const heard = (alert) => on && alert.severity === "critical" && alert.status === "firing" && play();
  listen({ "alert:new": heard });
}

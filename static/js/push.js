// "Notify this browser": registers the service worker and keeps this browser's subscription as its user wants it.
import { announce } from "./announcer.js";
import { t } from "./text.js";

const ADDRESS = "/api/v1/push";
const WORDS = {
  unsupported: [t("Notifications: not supported"), t("This browser cannot be notified. It needs https and Web Push; on an iPhone the site has to be on the home screen.")],
  unavailable: [t("Notifications: not set up"), t("An administrator has to switch on a push channel first.")],
  denied: [t("Notifications: blocked"), t("Notifications of this site are blocked in the browser's settings.")],
  off: [t("Notify this browser"), t("Alerts are shown by this browser, also while the page is closed.")],
  on: [t("Notifications: on"), t("This browser is notified. Press to end that.")],
  failed: [t("Notify this browser"), t("That did not work. Press to try again.")],
};
const button = document.getElementById("push-toggle");

let registration = null, known = null;

function show(state, detail) {
  const [word, title] = WORDS[state];
  button.dataset.push = state;
  button.disabled = ["unsupported", "unavailable", "denied"].includes(state);
  button.title = detail ?? title;
  button.setAttribute("aria-pressed", String(state === "on"));
  button.querySelector(".push-word").textContent = word;
  button.hidden = false;
}

async function ask(method, path, body) {
  const headers = { "Content-Type": "application/json", "X-CSRFToken": button.dataset.csrf };
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  const document = await answer.json();
  if (!answer.ok) throw new Error(document.error);
  return document.data;
}

function bytes(base64url) {
  const text = atob(base64url.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

async function hashOf(endpoint) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The row of this browser at the server, if both sides know the subscription. */
async function own(subscription) {
  if (!subscription) return undefined;
  const hash = await hashOf(subscription.endpoint);
  return known.subscriptions.find((row) => row.endpointHash === hash);
}

async function look() {
  known = await ask("GET", ADDRESS);
  if (!known.enabled) return show("unavailable");
  if (Notification.permission === "denied") return show("denied");
  return show((await own(await registration.pushManager.getSubscription())) ? "on" : "off");
}

async function turnOn() {
  if ((await Notification.requestPermission()) !== "granted") return look();
  // One that was made with another key, or that the server lost, is worth nothing.
  await (await registration.pushManager.getSubscription())?.unsubscribe();
  const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(known.publicKey) });
  await ask("POST", ADDRESS, subscription.toJSON());
  announce(t("This browser is notified from now on."));
  return look();
}

async function turnOff() {
  const subscription = await registration.pushManager.getSubscription();
  const row = await own(subscription);
  if (row) await ask("DELETE", `${ADDRESS}/${row.id}`);
  await subscription?.unsubscribe();
  announce(t("This browser is not notified any more."));
  return look();
}

async function press() {
  button.disabled = true;
  try {
    await (button.dataset.push === "on" ? turnOff() : turnOn());
  } catch (error) {
    show("failed", error.message);
  }
}

async function start() {
  if (!("serviceWorker" in navigator)) return show("unsupported");
  registration = await navigator.serviceWorker.register("/sw.js");
  navigator.serviceWorker.ready.then(({ active }) => active.postMessage({ language: document.documentElement.lang }));
  if (!("PushManager" in window) || !("Notification" in window)) return show("unsupported");
  button.addEventListener("click", press);
  return look();
}

start().catch((error) => show("failed", error.message));

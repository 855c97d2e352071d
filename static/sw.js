// The service worker: shows what is pushed, and a page of its own when the site cannot be reached.
// It keeps that page and its looks only; no value that the monitor measured is ever kept.
const KEPT = "offline-3";
const OFFLINE = "/offline";
const ASSETS = [OFFLINE, "/static/css/tokens.css", "/static/css/page.css", "/static/icons/unknown.svg"];
const ICONS = { critical: "critical", warning: "degraded", resolved: "healthy" };

async function keep() {
  const cache = await caches.open(KEPT);
  await cache.addAll(ASSETS.map((path) => new Request(path, { cache: "reload" })));
}

/** Each page that is loaded says the language of its reader; a cookie tells the site the same. */
async function keepIn(language) {
  const kept = await caches.match(OFFLINE, { ignoreVary: true });
  if (kept?.headers.get("Content-Language") !== language) await keep();
}

async function forgetOlder() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function orKept(request, path) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(path, { ignoreVary: true })) ?? Response.error();
  }
}

function shownFor(event) {
  try {
    return event.data.json();
  } catch {
    return { title: "GamePilot Monitor", text: "Something changed.", tag: "unknown" };
  }
}

/** Every push has to be shown, or browsers end the subscription. */
function show(message) {
  const icon = `/static/icons/${ICONS[message.severity] ?? "unknown"}.svg`;
  return self.registration.showNotification(message.title, {
    body: message.text,
    tag: message.tag,
    renotify: !message.resend,
    requireInteraction: message.severity === "critical",
    timestamp: message.timestamp,
    icon,
    badge: "/static/icons/app.svg",
    data: { url: message.url, id: message.id },
    actions: [{ action: "open", title: message.url ? "Open the alert" : "Open the monitor" }],
  });
}

/** A tab that shows the address already, else any tab of ours, else a new one. */
async function open(url) {
  const target = new URL(url ?? "/", self.location.origin).href;
  const tabs = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = tabs.find((tab) => tab.url === target);
  if (there) return there.focus();
  const other = tabs.find((tab) => new URL(tab.url).origin === new URL(target).origin);
  if (!other) return self.clients.openWindow(target);
  const focused = await other.focus();
  return focused.navigate(target).catch(() => self.clients.openWindow(target));
}

self.addEventListener("install", (event) => event.waitUntil(keep().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(forgetOlder()));

self.addEventListener("message", (event) => event.waitUntil(keepIn(event.data.language)));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(orKept(request, OFFLINE));
  else if (ASSETS.includes(url.pathname)) event.respondWith(orKept(request, url.pathname));
});

self.addEventListener("push", (event) => event.waitUntil(show(shownFor(event))));

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.url));
});

// The live feed over Server-Sent Events. EventSource would come back by itself, but at once and in step with every
// other client; this closes it and comes back after a random pause, asking for what was missed.
const ADDRESS = "/api/realtime/stream";
const EVENTS = [
  "health:update", "performance:update", "mood-persona:update", "errors:update",
  "alert:new", "alert:update", "alert:broadcast", "system:error", "system:shutdown", "system:gap",
];
const FIRST_PAUSE_MS = 1000, LONGEST_PAUSE_MS = 10_000;
const OFFLINE_AFTER = 4; // attempts
const SILENT_MS = 120_000; // four missed updates: the line may be dead without either side knowing

/** Calls onItem(event name, data, id or null) and onState(word). */
export class Feed {
  #topics; #since; #onItem; #onState; #source = null; #timer = 0; #silence = 0; #attempts = 0; #ended = false;

  constructor({ topics, since, onItem, onState }) {
    this.#topics = topics;
    this.#since = since;
    this.#onItem = onItem;
    this.#onState = onState;
  }

  start() {
    addEventListener("online", () => this.#reopen());
    addEventListener("offline", () => this.#comeBack());
    addEventListener("pagehide", () => this.#close());
    addEventListener("pageshow", (event) => event.persisted && this.#reopen());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && !this.#source && this.#reopen());
    this.#onState("connecting");
    this.#open();
  }

  /** The log of the server is another one (a restored backup): what was seen of the old one is worth nothing. */
  resumeFrom(id) {
    this.#since = id;
  }

  #open() {
    const query = new URLSearchParams({ topics: this.#topics.join(","), since: this.#since });
    const source = new EventSource(`${ADDRESS}?${query}`);
    source.addEventListener("open", () => this.#opened());
    source.addEventListener("error", () => this.#lost(source));
    for (const name of EVENTS) source.addEventListener(name, (event) => this.#receive(name, event));
    this.#source = source;
  }

  #opened() {
    this.#attempts = 0;
    this.#watchSilence();
    this.#onState("live");
  }

  #receive(name, event) {
    const id = Number(event.lastEventId) || null;
    if (id) this.#since = id;
    this.#watchSilence();
    const data = JSON.parse(event.data || "null");
    if (name === "system:shutdown") this.#comeBack();
    this.#onItem(name, data, id);
  }

  #watchSilence() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#comeBack(), SILENT_MS);
  }

  async #lost(source) {
    const refused = source.readyState === EventSource.CLOSED;
    this.#comeBack();
    if (refused && (await isSignedOut())) this.#end();
  }

  #end() {
    this.#ended = true;
    this.#close();
    this.#onState("signed-out");
  }

  #close() {
    clearTimeout(this.#timer);
    clearTimeout(this.#silence);
    this.#source?.close();
    this.#source = null;
  }

  #comeBack() {
    if (this.#ended) return;
    this.#close();
    this.#attempts += 1;
    this.#onState(!navigator.onLine || this.#attempts >= OFFLINE_AFTER ? "offline" : "reconnecting");
    this.#timer = setTimeout(() => this.#open(), pause(this.#attempts));
  }

  #reopen() {
    if (this.#ended) return;
    this.#close();
    this.#onState("reconnecting");
    this.#open();
  }
}

/** Between half and all of a pause that doubles with each attempt. */
function pause(attempts) {
  const longest = Math.min(FIRST_PAUSE_MS * 2 ** (attempts - 1), LONGEST_PAUSE_MS);
  return longest * (0.5 + Math.random() / 2);
}

/** A refused stream does not say why; asking for the page itself does. */
async function isSignedOut() {
  try {
    const answer = await fetch(location.pathname, { method: "HEAD", redirect: "manual", cache: "no-store" });
    return answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403;
  } catch {
    return false;
  }
}

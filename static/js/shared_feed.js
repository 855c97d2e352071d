// One connection for all open pages of this browser: the page that holds a lock follows the feed and tells the others.
// When it goes, the next one goes on after the last item that it has seen itself, so nothing is missed in between.
import { Feed } from "./feed.js";

const NAME = "gamepilot-mon-feed";

export class SharedFeed {
  #topics; #since; #onItem; #onState; #channel = null; #feed = null; #state = "connecting";

  constructor({ topics, since, onItem, onState }) {
    this.#topics = topics;
    this.#since = since;
    this.#onItem = onItem;
    this.#onState = onState;
  }

  start() {
    this.#show("connecting");
    if (!navigator.locks) return this.#follow(() => {}); // without TLS there are no locks: each page has its own
    this.#channel = new BroadcastChannel(NAME);
    this.#channel.addEventListener("message", ({ data }) => this.#hear(data));
    this.#channel.postMessage({ kind: "hello" });
    navigator.locks.request(NAME, () => new Promise((release) => this.#follow(release)));
  }

  /** The log of the server is another one (a restored backup): what was seen of the old one is worth nothing. */
  resumeFrom(id) {
    this.#since = id;
    this.#feed?.resumeFrom(id);
  }

  /** Until `release` is called, by a page that is signed out: another may have signed in since. */
  #follow(release) {
    this.#feed = new Feed({
      topics: this.#topics,
      since: this.#since,
      onItem: (name, data, id) => this.#lead(name, data, id),
      onState: (state) => {
        this.#tell({ kind: "state", state });
        this.#show(state);
        if (state === "signed-out") this.#stop(release);
      },
    });
    this.#feed.start();
  }

  #stop(release) {
    this.#feed = null;
    release();
  }

  #lead(name, data, id) {
    this.#tell({ kind: "item", name, data, id });
    this.#take(name, data, id);
  }

  #tell(message) {
    this.#channel?.postMessage(message);
  }

  #hear(message) {
    if (message.kind === "hello" && this.#feed) this.#tell({ kind: "here", state: this.#state, since: this.#since });
    else if (this.#feed) return; // two lead for a moment when the lock changes hands
    else if (message.kind === "here") this.#join(message);
    else if (message.kind === "state") this.#show(message.state);
    else if (message.kind === "item" && !this.#isKnown(message.id)) this.#take(message.name, message.data, message.id);
  }

  /** What the others were told before this page listened is asked for from the server. */
  #join({ state, since }) {
    this.#show(state);
    if (since > this.#since) this.#take("system:gap", null, since);
  }

  #isKnown(id) {
    return id !== null && id <= this.#since;
  }

  #take(name, data, id) {
    if (id !== null) this.#since = id;
    this.#onItem(name, data);
  }

  #show(state) {
    this.#state = state;
    this.#onState(state);
  }
}

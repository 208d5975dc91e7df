// One socket: subscriptions with numbered updates, reconnects, the server's clock.
// Knows no page; live.js gives it the browser's socket, timers and visibility.

import { waitMs } from "./backoff.js";

const LOGIN_REQUIRED = 4401;
// The server pulses every 5 s; after this silence the line is taken for dead.
const SILENT_MS = 15000;

export class Connection {
  // `open` makes a socket; `later(fn, ms)` a timer; `now` is the browser's clock.
  constructor({ open, later, cancel, now = Date.now, random = Math.random }) {
    Object.assign(this, { open, later, cancel, now, random });
    this.topics = new Map();
    this.watchers = new Set();
    this.attempt = 0;
    this.offsetMs = 0;
    this.state = "closed";
    this.lastHeardMs = null;
  }

  // Returns a function that ends the subscription.
  subscribe(topic, handler, onRefused = () => {}) {
    const known = this.topics.get(topic);
    const entry = known ?? { seq: null, handlers: new Set(), data: undefined };
    const pair = { handler, onRefused };
    entry.handlers.add(pair);
    this.topics.set(topic, entry);
    if (!known) this.send({ op: "subscribe", topic });
    else if (entry.data !== undefined) handler(entry.data, "snapshot");
    return () => this.leave(topic, pair);
  }

  leave(topic, pair) {
    const entry = this.topics.get(topic);
    if (!entry?.handlers.delete(pair) || entry.handlers.size) return;
    this.topics.delete(topic);
    this.send({ op: "unsubscribe", topic });
  }

  watch(watcher) {
    this.watchers.add(watcher);
    watcher(this);
  }

  tell(state) {
    this.state = state;
    for (const watcher of this.watchers) watcher(this);
  }

  start() {
    this.cancel(this.retry);
    this.retryAtMs = null;
    const socket = this.open();
    this.socket = socket;
    socket.onopen = () => this.opened(socket);
    socket.onmessage = ({ data }) => this.heard(socket, data);
    socket.onclose = ({ code }) => this.lost(socket, code);
  }

  opened(socket) {
    if (socket !== this.socket) return;
    this.attempt = 0;
    this.touch();
    for (const [topic, entry] of this.topics) {
      entry.seq = null;
      this.send({ op: "subscribe", topic });
    }
    this.tell("live");
  }

  send(message) {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(message));
  }

  heard(socket, text) {
    if (socket !== this.socket) return;
    this.touch();
    const message = JSON.parse(text);
    if (message.at_ms) this.offsetMs = message.at_ms - this.now();
    if (message.type === "snapshot") this.accept(message);
    if (message.type === "update") this.follow(message);
    if (message.type === "refused") this.refuse(message);
  }

  touch() {
    this.lastHeardMs = this.now();
    this.cancel(this.silence);
    this.silence = this.later(() => this.socket?.close(), SILENT_MS);
  }

  accept({ topic, seq, data }) {
    const entry = this.topics.get(topic);
    if (!entry) return;
    Object.assign(entry, { seq, data });
    for (const { handler } of entry.handlers) handler(data, "snapshot");
  }

  follow({ topic, seq, data }) {
    const entry = this.topics.get(topic);
    // Before its snapshot, or already contained in it.
    if (!entry || entry.seq === null || seq <= entry.seq) return;
    if (seq !== entry.seq + 1) {
      // Something was missed: ask again instead of guessing what it was.
      entry.seq = null;
      this.send({ op: "subscribe", topic });
      return;
    }
    Object.assign(entry, { seq, data });
    for (const { handler } of entry.handlers) handler(data, "update");
  }

  // Refused for good: nothing would change by asking again.
  refuse({ topic, code, message }) {
    const entry = this.topics.get(topic);
    this.topics.delete(topic);
    for (const { onRefused } of entry?.handlers ?? []) onRefused(code, message);
  }

  lost(socket, code) {
    if (socket !== this.socket) return;
    this.cancel(this.silence);
    this.socket = null;
    if (code === LOGIN_REQUIRED) {
      this.tell("signed-out");
      return;
    }
    const delayMs = waitMs(this.attempt, this.random);
    this.attempt += 1;
    this.retryAtMs = this.now() + delayMs;
    this.retry = this.later(() => this.start(), delayMs);
    this.tell("lost");
  }

  serverNowMs() {
    return this.now() + this.offsetMs;
  }
}

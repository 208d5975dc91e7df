// Follows live topics and says beside each figure how old it is. A topic that falls
// silent is asked for again: the server knows whether its feed is alive.

import { time } from "./format.js";
import { serverNowMs, subscribe, watch } from "./live.js";
import { fill, gettext } from "./text.js";

const ASK_AFTER_MS = 10_000;
const LOOK_EVERY_MS = 1000;
const LEVELS = {
  connecting: ["info", "info"],
  live: ["good", "check_circle"],
  quiet: ["good", "check_circle"],
  renewing: ["warn", "warning"],
  polling: ["warn", "warning"],
  stalled: ["crit", "error"],
  ended: ["", "help"],
};
const followed = new Map();
let line = null;

const words = () => ({
  connecting: gettext("Connecting"),
  live: gettext("Live"),
  quiet: gettext("Quiet market"),
  renewing: gettext("Subscribing again"),
  polling: gettext("Polled over REST"),
  stalled: gettext("Stalled"),
  ended: gettext("Ended"),
});

const isFresh = (feed) => feed?.state === "live" || feed?.state === "quiet";

// Since when a figure may be old: by its feed's word, because the line is lost, or,
// where a feed that began anew knows no word, since it was last seen fresh here.
export function staleSince(feed, lostSinceMs, freshMs = null) {
  const known = [feed?.stale_since_ms, lostSinceMs].filter((ms) => ms);
  if (known.length) return Math.min(...known);
  return isFresh(feed) ? null : freshMs;
}

function pill(place, [level, symbol], text) {
  if (place.dataset.said === text) return;
  place.dataset.said = text;
  const box = document.createElement("span");
  box.className = "cu-pill";
  box.dataset.level = level;
  const icon = document.createElement("span");
  icon.className = "material-symbols-outlined cu-icon";
  icon.ariaHidden = "true";
  icon.translate = false;
  icon.textContent = symbol;
  box.append(icon, text);
  place.replaceChildren(box);
}

function show(entry) {
  const lostMs = line?.state === "live" || !line ? null : entry.heardMs;
  const since = staleSince(entry.feed, lostMs, entry.freshMs);
  const state = entry.feed?.state ?? "connecting";
  const text = since
    ? fill(gettext("Stale since %(time)s"), { time: time(since) })
    : (words()[state] ?? state);
  for (const mark of entry.marks)
    pill(mark, since ? ["warn", "schedule"] : (LEVELS[state] ?? ["", "help"]), text);
  for (const box of entry.boxes) box.toggleAttribute("data-stale", since !== null);
}

function listen(entry) {
  entry.end?.();
  entry.askedMs = serverNowMs();
  const hear = (data, kind) => {
    entry.heardMs = serverNowMs();
    entry.feed = data.feed;
    if (isFresh(data.feed)) entry.freshMs = entry.heardMs;
    for (const paint of entry.paints) paint(data, kind);
    show(entry);
  };
  entry.end = subscribe(entry.topic, hear, (_code, message) => {
    for (const mark of entry.marks) pill(mark, ["warn", "block"], message);
  });
}

function look() {
  if (document.hidden || line?.state !== "live") return;
  const before = serverNowMs() - ASK_AFTER_MS;
  for (const entry of followed.values()) {
    if (Math.max(entry.heardMs ?? 0, entry.askedMs) < before) listen(entry);
  }
}

// `paint(data, kind)` draws; `marks` hold the pill; `boxes` are muted while it is old.
export function follow(topic, { paint = null, marks = [], boxes = [] }) {
  if (!followed.size) {
    setInterval(look, LOOK_EVERY_MS);
    watch((connection) => {
      line = connection;
      for (const entry of followed.values()) if (entry.feed) show(entry);
    });
  }
  const known = followed.get(topic);
  const entry = known ?? {
    topic,
    paints: [],
    marks: [],
    boxes: [],
    heardMs: null,
    freshMs: null,
  };
  if (paint) entry.paints.push(paint);
  entry.marks.push(...marks.filter(Boolean));
  entry.boxes.push(...boxes.filter(Boolean));
  followed.set(topic, entry);
  if (!known) listen(entry);
  else if (entry.feed) show(entry);
}

// Its pills are emptied: what they said is not true of what follows.
export function unfollow(topic) {
  const entry = followed.get(topic);
  if (!entry) return;
  entry.end?.();
  followed.delete(topic);
  for (const mark of entry.marks) {
    delete mark.dataset.said;
    mark.replaceChildren();
  }
  for (const box of entry.boxes) box.removeAttribute("data-stale");
}

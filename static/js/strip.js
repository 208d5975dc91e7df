// The status strip's dot and age, and the banner while the connection is lost.

import { duration, fixed, time } from "./format.js";
import { retryNow, watch } from "./live.js";
import { fill, gettext, language } from "./text.js";

const state = document.querySelector("[data-link-state]");
const age = document.querySelector("[data-link-age]");
const banner = document.querySelector("[data-link-banner]");
const words = document.querySelector("[data-link-text]");
const retry = document.querySelector("[data-link-retry]");
const login = document.querySelector("[data-link-login]");
// A page that is just left loses its socket too; nobody should see a banner for it.
const PATIENCE_MS = 1500;

let line = null;
let lostAtMs = null;

// Tenths of a second while it is fresh, so that the strip keeps its width.
function ageText(ms) {
  if (ms < 10_000) return `${fixed(Math.max(0, ms) / 1000, { digits: 1 })}\u00a0s`;
  return duration(ms, { language: language() });
}

function paintAge() {
  if (!line || line.lastHeardMs === null) return;
  const heardMs = line.lastHeardMs + line.offsetMs;
  if (line.state === "live") {
    const silentMs = line.serverNowMs() - heardMs;
    age.textContent = ageText(silentMs);
  } else {
    age.textContent = fill(gettext("no connection since %(time)s"), {
      time: time(heardMs),
    });
  }
}

function paintBanner() {
  const isOut = line.state === "signed-out";
  const isLost = line.state === "lost" && Date.now() - lostAtMs > PATIENCE_MS;
  banner.hidden = !isOut && !isLost;
  if (banner.hidden) return;
  retry.hidden = isOut;
  login.hidden = !isOut;
  words.textContent = isOut ? gettext("You are signed out.") : lostWords();
}

function lostWords() {
  const atMs = (line.lastHeardMs ?? lostAtMs) + line.offsetMs;
  const leftMs = Math.max(0, (line.retryAtMs ?? 0) - Date.now());
  const text = gettext(
    "Connection lost at %(time)s UTC. Figures below are from then. Trying again in %(seconds)s s. Work on the server goes on without this page.",
  );
  return fill(text, { time: time(atMs), seconds: Math.ceil(leftMs / 1000) });
}

function paint() {
  paintAge();
  paintBanner();
}

if (state) {
  retry.addEventListener("click", () => retryNow());
  watch((connection) => {
    line = connection;
    if (line.state === "lost" && lostAtMs === null) lostAtMs = Date.now();
    if (line.state === "live") lostAtMs = null;
    state.hidden = line.lastHeardMs === null;
    state.dataset.state = line.state === "live" ? "live" : "lost";
    paint();
  });
  setInterval(() => line && !document.hidden && paint(), 1000);
}

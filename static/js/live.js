// The page's one connection to the server: subscribe("job:12", (data) => ...).
// Painting waits for the next frame, and for the tab to be looked at.

import { Connection } from "./connection.js";

const address = globalThis.document?.body.dataset.live;
let connection = null;

function line() {
  if (connection || !address) return connection;
  const url = new URL(address, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  connection = new Connection({
    open: () => new WebSocket(url),
    later: (run, ms) => setTimeout(run, ms),
    cancel: (timer) => clearTimeout(timer),
  });
  connection.offsetMs = Number(document.body.dataset.serverNowMs) - Date.now();
  connection.start();
  addEventListener("pagehide", () => connection.socket?.close());
  addEventListener("pageshow", ({ persisted }) => persisted && connection.start());
  return connection;
}

// Runs `paint` with the newest data once per frame; hidden tabs paint on return.
function painter(paint) {
  let waiting = null;
  let isAsked = false;
  const run = () => {
    isAsked = false;
    if (document.hidden || !waiting) return;
    const [data, kind] = waiting;
    waiting = null;
    paint(data, kind);
  };
  const ask = () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(run);
  };
  document.addEventListener("visibilitychange", ask);
  return (data, kind) => {
    waiting = [data, kind];
    ask();
  };
}

export function subscribe(topic, handler, onRefused) {
  return line()?.subscribe(topic, painter(handler), onRefused);
}

export function watch(watcher) {
  line()?.watch(watcher);
}

export function retryNow() {
  line()?.start();
}

export function serverNowMs() {
  return connection ? connection.serverNowMs() : Date.now();
}

// The connection, driven by a socket and a clock that the tests hold.

import assert from "node:assert/strict";
import { test } from "node:test";
import { waitMs } from "../../static/js/backoff.js";
import { Connection } from "../../static/js/connection.js";

function made() {
  const sockets = [];
  const timers = [];
  const clock = { ms: 1000 };
  const connection = new Connection({
    open: () => {
      const socket = {
        sent: [],
        readyState: 0,
        send: (text) => socket.sent.push(JSON.parse(text)),
      };
      socket.close = () => socket.onclose({ code: 1006 });
      sockets.push(socket);
      return socket;
    },
    later: (run, ms) => timers.push({ run, ms }),
    cancel: () => {},
    now: () => clock.ms,
    random: () => 0.5,
  });
  connection.start();
  const accept = () => {
    sockets.at(-1).readyState = 1;
    sockets.at(-1).onopen();
  };
  const say = (message) => sockets.at(-1).onmessage({ data: JSON.stringify(message) });
  return { connection, sockets, timers, clock, accept, say };
}

test("topics asked for before the socket opens are subscribed when it does", () => {
  const { connection, sockets, accept } = made();

  connection.subscribe("job:1", () => {});
  accept();

  assert.deepEqual(sockets[0].sent, [{ op: "subscribe", topic: "job:1" }]);
});

test("updates follow their snapshot in order", () => {
  const { connection, accept, say } = made();
  const seen = [];
  connection.subscribe("job:1", (data, kind) => seen.push([data, kind]));
  accept();

  say({ type: "snapshot", topic: "job:1", seq: 4, at_ms: 1, data: "a" });
  say({ type: "update", topic: "job:1", seq: 5, data: "b" });

  assert.deepEqual(seen, [
    ["a", "snapshot"],
    ["b", "update"],
  ]);
});

test("a gap in the numbers asks for a new snapshot and shows nothing", () => {
  const { connection, sockets, accept, say } = made();
  const seen = [];
  connection.subscribe("job:1", (data) => seen.push(data));
  accept();
  say({ type: "snapshot", topic: "job:1", seq: 4, data: "a" });

  say({ type: "update", topic: "job:1", seq: 6, data: "c" });

  assert.deepEqual(seen, ["a"]);
  assert.equal(sockets[0].sent.length, 2);
});

test("an update from before the snapshot is dropped", () => {
  const { connection, accept, say } = made();
  const seen = [];
  connection.subscribe("job:1", (data) => seen.push(data));
  accept();

  say({ type: "update", topic: "job:1", seq: 9, data: "early" });
  say({ type: "snapshot", topic: "job:1", seq: 9, data: "a" });
  say({ type: "update", topic: "job:1", seq: 9, data: "again" });

  assert.deepEqual(seen, ["a"]);
});

test("a lost line is opened again and subscribes anew", () => {
  const { connection, sockets, timers, accept } = made();
  connection.subscribe("job:1", () => {});
  accept();

  sockets[0].onclose({ code: 1006 });
  timers.at(-1).run();
  accept();

  assert.equal(sockets.length, 2);
  assert.deepEqual(sockets[1].sent, [{ op: "subscribe", topic: "job:1" }]);
  assert.equal(connection.state, "live");
});

test("an expired login is not tried again", () => {
  const { connection, sockets, timers, accept } = made();
  accept();
  const before = timers.length;

  sockets[0].onclose({ code: 4401 });

  assert.equal(connection.state, "signed-out");
  assert.equal(timers.length, before);
});

test("a refused topic is told once and not asked for again", () => {
  const { connection, sockets, accept, say } = made();
  const refusals = [];
  connection.subscribe(
    "job:9",
    () => {},
    (code) => refusals.push(code),
  );
  accept();

  say({ type: "refused", topic: "job:9", code: "not-found", message: "" });
  sockets[0].onclose({ code: 1006 });
  connection.start();
  accept();

  assert.deepEqual(refusals, ["not-found"]);
  assert.deepEqual(sockets.at(-1).sent, []);
});

test("silence closes the socket", () => {
  const { connection, timers, accept } = made();
  accept();

  timers.at(-1).run();

  assert.equal(connection.state, "lost");
});

test("the server's clock is kept, not the browser's", () => {
  const { connection, clock, accept, say } = made();
  accept();

  say({ type: "pulse", at_ms: 61_000 });
  clock.ms += 500;

  assert.equal(connection.serverNowMs(), 61_500);
});

test("the last handler of a topic unsubscribes it", () => {
  const { connection, sockets, accept } = made();
  const first = connection.subscribe("job:1", () => {});
  const second = connection.subscribe("job:1", () => {});
  accept();

  first();
  second();

  assert.deepEqual(sockets[0].sent.at(-1), { op: "unsubscribe", topic: "job:1" });
  assert.equal(sockets[0].sent.length, 2);
});

test("waits grow to 15 seconds, with jitter around each step", () => {
  const middle = [0, 1, 2, 3, 4, 9].map((attempt) => waitMs(attempt, () => 0.5));

  assert.deepEqual(middle, [1000, 2000, 4000, 8000, 15000, 15000]);
  assert.equal(
    waitMs(0, () => 0),
    800,
  );
});

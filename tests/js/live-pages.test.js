// The pure parts of the live pages: no page, no socket.

import assert from "node:assert/strict";
import { test } from "node:test";
import { stair, sums } from "../../static/js/depth.js";
import { band, ema, sma } from "../../static/js/indicators.js";
import { Candles, rowOf, stepOf } from "../../static/js/instrument-candles.js";
import { grouped } from "../../static/js/ladder.js";
import { spreadBps, texts } from "../../static/js/markets-cells.js";
import { staleSince } from "../../static/js/markets-follow.js";
import { sparkPath } from "../../static/js/markets-sparks.js";

const MINUTE = 60_000;
const row = (minute, close = 1) => [minute * MINUTE, 1, 2, 0.5, close, 10];
const filled = (...minutes) => {
  const candles = new Candles(MINUTE);
  for (const minute of minutes) candles.take(row(minute));
  return candles;
};

test("a live candle replaces the last of its time, and the next one follows", () => {
  const candles = filled(5);

  assert.equal(candles.take(row(5, 1.5)), "last");
  assert.equal(candles.take(row(6)), "next");
  assert.deepEqual(
    candles.rows.map(([ms, , , , close]) => [ms / MINUTE, close]),
    [
      [5, 1.5],
      [6, 1],
    ],
  );
});

test("a live candle that leaves others out says so", () => {
  const candles = filled(5);

  assert.equal(candles.take(row(9)), "gap");
  assert.equal(candles.missing, 3);
});

test("a correction changes the candle inside, a stranger nothing", () => {
  const candles = filled(5, 6, 8);

  assert.equal(candles.take(row(6, 1.7)), "inside");
  assert.equal(candles.take(row(7)), "");
  assert.equal(candles.rows[1][4], 1.7);
});

test("an older page goes in front, and what is here already is not doubled", () => {
  const candles = filled(5, 6);

  assert.equal(candles.prepend([row(3), row(4), row(5, 9)]), 2);
  assert.deepEqual(
    candles.rows.map(([ms]) => ms / MINUTE),
    [3, 4, 5, 6],
  );
  assert.equal(candles.rows[2][4], 1);
});

test("stored candles fill a gap in order", () => {
  const candles = filled(1, 4);
  candles.merge([row(2), row(3)]);

  assert.equal(candles.missing, 0);
  assert.equal(candles.rows.length, 4);
});

test("texts of decimals become numbers; a timeframe its milliseconds", () => {
  const told = {
    time_ms: 0,
    open: "1.5",
    high: "2",
    low: "1",
    close: "1",
    volume: "3",
  };

  assert.deepEqual(rowOf(told), [0, 1.5, 2, 1, 1, 3]);
  assert.deepEqual(["1m", "15m", "4h", "1d"].map(stepOf), [6e4, 9e5, 144e5, 864e5]);
});

test("indicators agree with their definitions, and begin where they are defined", () => {
  assert.deepEqual(sma([1, 2, 3, 4], 2), [null, 1.5, 2.5, 3.5]);
  assert.deepEqual(ema([1, 2, 3, 4, 8], 3), [null, null, 2, 3, 5.5]);
  assert.deepEqual(band([1, 3, 5], 2, 2), [null, 4, 6]);
  assert.deepEqual(ema([1, 2], 3), [null, null]);
});

test("levels join to wider steps: bids downwards, asks upwards", () => {
  const bids = grouped(
    [
      ["100.3", "1"],
      ["100.1", "2"],
      ["99.9", "4"],
    ],
    "1",
    "bids",
  );
  const asks = grouped(
    [
      ["100.3", "1"],
      ["100.9", "2"],
      ["101.1", "4"],
    ],
    "1",
    "asks",
  );

  assert.deepEqual(bids, [
    { price: "100", size: 3, sum: 3 },
    { price: "99", size: 4, sum: 7 },
  ]);
  assert.deepEqual(asks, [
    { price: "101", size: 3, sum: 3 },
    { price: "102", size: 4, sum: 7 },
  ]);
});

test("a level on its own step stays there, whatever floats make of it", () => {
  for (const side of ["bids", "asks"]) {
    const [level] = grouped([["13837.7", "1"]], "0.1", side);
    assert.equal(level.price, "13837.7");
  }
});

test("depth sums up from the best, and is drawn as a stair", () => {
  const points = sums([
    ["100", "1"],
    ["99", "2"],
  ]);

  assert.deepEqual(points, [
    [100, 1],
    [99, 3],
  ]);
  assert.equal(
    stair(
      points,
      (x) => x,
      (y) => y,
    ),
    "M100.0 0.0L100.0 0.0L100.0 1.0L99.0 1.0L99.0 3.0",
  );
});

test("a row's texts carry sign, tick and short volume; unknown is a dash", () => {
  const told = { last: "13837.7", change_pct: "-0.85", quote_volume: "16870000" };
  const found = texts({ ...told, bid: "99", ask: "101" }, { tick: "0.1" });

  assert.equal(found.last, "13,837.7");
  assert.equal(found.change, "\u22120.85\u00a0%");
  assert.equal(found.volume, "16.87\u00a0m");
  assert.equal(found.spread, "200.00");
  assert.equal(texts({ last: "1" }, { tick: "0.1" }).change, "–");
  assert.equal(spreadBps(null, "101"), null);
});

test("old is what the feed calls old, or what came before the line was lost", () => {
  assert.equal(staleSince({ stale_since_ms: null }, null), null);
  assert.equal(staleSince({ stale_since_ms: 5 }, null), 5);
  assert.equal(staleSince({ stale_since_ms: null }, 7), 7);
  assert.equal(staleSince({ stale_since_ms: 5 }, 7), 5);
  assert.equal(staleSince(undefined, null), null);
  assert.equal(staleSince({ state: "stalled", stale_since_ms: null }, null, 3), 3);
  assert.equal(staleSince({ state: "live", stale_since_ms: null }, null, 3), null);
});

test("a spark line spans its box from the first value to the last", () => {
  assert.equal(sparkPath([1, 3, 2], 100, 24), "M0.0 22.0L50.0 2.0L100.0 12.0");
  assert.equal(sparkPath([], 100, 24), "");
});

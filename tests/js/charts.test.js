// The pure parts of the charts: no page, no canvas.

import assert from "node:assert/strict";
import { test } from "node:test";
import { around, candleAt, marks } from "../../static/js/candles.js";
import { lines, wantsLog } from "../../static/js/equity.js";

const HOUR = 3_600_000;
const candles = [0, 1, 2, 3].map((i) => [i * 2 * HOUR, 1, 2, 0.5, 1.5, 10]);
const colours = { entry: "#000001", exit: "#000002" };

test("a trade inside a joined candle is marked on that candle", () => {
  assert.equal(candleAt(candles, 3 * HOUR)[0], 2 * HOUR);
  assert.equal(candleAt(candles, 4 * HOUR)[0], 4 * HOUR);
});

test("each trade has an entry below and an exit above with its return", () => {
  const trade = { entry_ms: HOUR, exit_ms: 4 * HOUR, profit_ratio: -0.0213 };

  const [entry, exit] = marks([trade], candles, colours, true);

  assert.deepEqual([entry.time, entry.position], [0, "belowBar"]);
  assert.deepEqual([exit.time, exit.text], [(4 * HOUR) / 1000, "−2.1\u00a0%"]);
});

test("marks outside the loaded candles are left out, the rest is in order", () => {
  const trades = [
    { entry_ms: 5 * HOUR, exit_ms: 50 * HOUR, profit_ratio: 0.1 },
    { entry_ms: HOUR, exit_ms: 2 * HOUR, profit_ratio: 0.1 },
  ];

  const times = marks(trades, candles, colours, false).map((mark) => mark.time / 3600);

  assert.deepEqual(times, [0, 2, 4]);
});

test("the view around a short trade still shows forty bars on each side", () => {
  const trade = { entry_ms: 100 * HOUR, exit_ms: 101 * HOUR };

  assert.deepEqual(around(trade, trade, HOUR), [60 * HOUR, 141 * HOUR]);
});

test("falls are drawn downwards", () => {
  const { fall, equity } = lines([[5000, 100, 90, 0.2, 0.3]]);

  assert.deepEqual(fall, [{ time: 5, value: -0.2 }]);
  assert.deepEqual(equity, [{ time: 5, value: 100 }]);
});

test("the axis is logarithmic over long periods and wide ranges only", () => {
  const days = (count, value) => [count * 24 * HOUR, value, 100, 0, 0];

  assert.equal(wantsLog([days(0, 100), days(30, 120)]), false);
  assert.equal(wantsLog([days(0, 100), days(400, 120)]), true);
  assert.equal(wantsLog([days(0, 100), days(30, 400)]), true);
  assert.equal(wantsLog([days(0, 100), days(400, 0)]), false);
});

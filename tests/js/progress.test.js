// What a running job says about itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import { progressText } from "../../static/js/progress.js";
import { ageText } from "../../static/js/relative.js";

test("steps, share and time left stand in one line", () => {
  const job = { done: 412, total: 960, pct: 42.9, eta_s: 8 };

  assert.equal(progressText(job), "412 of 960 · 42\u00a0% · 8.0\u00a0s left");
});

test("a job that has not begun says only its share", () => {
  assert.equal(progressText({ done: 0, total: 0, pct: 0, eta_s: null }), "0\u00a0%");
});

test("ages are told up to a day, in whole minutes after the first", () => {
  assert.equal(ageText(18 * 60_000 + 12_345), "18\u00a0min");
  assert.equal(ageText(42_900), "42\u00a0s");
  assert.equal(ageText(25 * 3_600_000), "");
});

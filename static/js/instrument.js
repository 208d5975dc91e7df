// The page Instrument: its topics, and who draws them.

import { Depth } from "./depth.js";
import { time } from "./format.js";
import { LiveChart } from "./instrument-chart.js";
import { Ladder } from "./ladder.js";
import { serverNowMs } from "./live.js";
import { paintQuote } from "./markets-cells.js";
import { follow, unfollow } from "./markets-follow.js";
import { Tape } from "./tape.js";

const page = document.querySelector("[data-instrument]");
const head = document.querySelector(".cu-instrument-head");
const find = (selector) => page.querySelector(selector);
// Where else a channel's state is told: the list of data quality.
const inQuality = (topic) => find(`[data-quality="${topic}"] [data-fresh]`);

// The last message's time in that list.
function stamp(topic, kind) {
  const place = find(`[data-quality="${topic}"] [data-at]`);
  if (!place || kind !== "update") return;
  const text = time(serverNowMs());
  if (place.textContent !== text) place.textContent = text;
}

function followParts(id, steps) {
  const ladder = new Ladder(find("[data-ladder]"), steps);
  const depth = new Depth(page, steps);
  const tape = new Tape(find("[data-tape]"), steps);
  follow(`ticker:${id}`, {
    paint: (ticker, kind) => {
      paintQuote(head, ticker, kind);
      stamp(`ticker:${id}`, kind);
    },
    marks: [head.querySelector("[data-fresh]"), inQuality(`ticker:${id}`)],
    boxes: [head],
  });
  follow(`book:${id}`, {
    paint: (book, kind) => {
      ladder.paint(book);
      depth.paint(book);
      stamp(`book:${id}`, kind);
    },
    marks: [find('[data-fresh-of="book"]'), inQuality(`book:${id}`)],
    boxes: [find("[data-ladder]"), find(".cu-depth-card")],
  });
  follow(`trades:${id}`, {
    paint: (trades, kind) => {
      tape.paint(trades);
      stamp(`trades:${id}`, kind);
    },
    marks: [find('[data-fresh-of="trades"]'), inQuality(`trades:${id}`)],
    boxes: [find("[data-tape]")],
  });
}

function followCandles(id, steps) {
  const box = find("[data-live-chart]");
  const chart = new LiveChart(box, { url: page.dataset.candlesUrl, ...steps });
  const choices = [...page.querySelectorAll("[data-timeframe-choice]")];
  let topic = null;
  const open = async (timeframe) => {
    if (topic) unfollow(topic);
    const mine = `candle:${id}:${timeframe}`;
    topic = mine;
    for (const one of choices)
      one.ariaPressed = String(one.dataset.timeframeChoice === timeframe);
    await chart.open(timeframe);
    if (topic !== mine) return;
    follow(mine, {
      paint: (data, kind) => {
        if (topic === mine) chart.live(data);
        stamp(mine, kind);
      },
      marks: [find('[data-fresh-of="candle"]'), inQuality(mine)],
      boxes: [box.closest("[data-chart-card]")],
    });
  };
  for (const one of choices) {
    one.addEventListener("click", (event) => {
      event.preventDefault();
      const url = new URL(location.href);
      url.searchParams.set("timeframe", one.dataset.timeframeChoice);
      history.replaceState(null, "", url);
      open(one.dataset.timeframeChoice);
    });
  }
  open(page.dataset.timeframe);
}

if (page) {
  const { instrument: id, tick, lot } = page.dataset;
  followParts(id, { tick, lot });
  followCandles(id, { tick, lot });
}

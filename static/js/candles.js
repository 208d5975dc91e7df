// Candles with the trades on them; finer candles are fetched when the view gets narrow.

import {
  CandlestickSeries,
  createSeriesMarkers,
  HistogramSeries,
} from "../vendor/lightweight-charts/lightweight-charts.standalone.production.mjs";
import {
  faded,
  legendOf,
  listenToKeys,
  makeChart,
  offerFullScreen,
  token,
} from "./chart.js";
import { change, fixed, moment, price } from "./format.js";
import { fill, gettext, language } from "./text.js";

const MOST_TEXTS = 15;
const TRADES_AT_FIRST = 8;
const PAUSE_MS = 250;

// The last candle that opened at or before `ms`; candles are sorted.
export function candleAt(candles, ms) {
  let low = 0;
  let high = candles.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (candles[middle][0] <= ms) low = middle;
    else high = middle - 1;
  }
  return candles[low];
}

// Two marks a trade: entry under its bar, exit above with what it made.
export function marks(trades, candles, colours, hasText) {
  if (!candles.length) return [];
  const at = (ms) => Math.floor(candleAt(candles, ms)[0] / 1000);
  const [first, last] = [candles[0][0], candles.at(-1)[0]];
  const both = trades.flatMap((trade) => [
    {
      ms: trade.entry_ms,
      position: "belowBar",
      shape: "arrowUp",
      color: colours.entry,
      text: "",
    },
    {
      ms: trade.exit_ms,
      position: "aboveBar",
      shape: "arrowDown",
      color: colours.exit,
      text: hasText ? change(trade.profit_ratio, { digits: 1 }) : "",
    },
  ]);
  return both
    .filter(({ ms }) => ms >= first && ms <= last)
    .map(({ ms, ...mark }) => ({ ...mark, time: at(ms) }))
    .sort((a, b) => a.time - b.time);
}

// A view around a trade: its own length on both sides, at least 40 bars.
export function around(first, last, barMs) {
  const pad = Math.max(40 * barMs, (last.exit_ms - first.entry_ms) / 4);
  return [first.entry_ms - pad, last.exit_ms + pad];
}

export class CandleChart {
  constructor(box) {
    this.box = box;
    this.url = box.dataset.candles;
    this.digits = { tick: box.dataset.tick || null };
    this.isHollow = document.documentElement.dataset.updown === "blue-up";
    this.isHollow ||= matchMedia("(prefers-contrast: more)").matches;
    this.write = legendOf(box);
    this.candles = [];
    this.trades = [];
  }

  async start() {
    const whole = await this.fetch();
    this.trades = whole.markers;
    this.whole = whole;
    this.build();
    this.take(whole);
    const recent = this.trades.slice(-TRADES_AT_FIRST);
    this.place = this.trades.length - 1;
    if (recent.length) await this.look(...around(recent[0], recent.at(-1), this.barMs));
    this.chart.timeScale().subscribeVisibleTimeRangeChange(() => this.moved());
  }

  async fetch(fromMs, toMs) {
    const url = new URL(this.url, location.href);
    if (fromMs !== undefined) {
      url.searchParams.set("from_ms", Math.max(0, Math.floor(fromMs)));
      url.searchParams.set("to_ms", Math.ceil(toMs));
    }
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`candles: ${answer.status}`);
    return answer.json();
  }

  build() {
    const { chart, repaint } = makeChart(this.box, () => this.paint());
    this.chart = chart;
    const formatter = (value) => price(value, this.digits);
    this.bars = chart.addSeries(CandlestickSeries, {
      priceFormat: { type: "custom", minMove: 1e-9, formatter },
      borderVisible: true,
    });
    this.volume = chart.addSeries(HistogramSeries, {
      priceScaleId: "",
      priceFormat: { type: "volume" },
      lastValueVisible: false,
      priceLineVisible: false,
    });
    this.volume.priceScale().applyOptions({ scaleMargins: { top: 0.8, bottom: 0 } });
    this.bars.priceScale().applyOptions({ scaleMargins: { top: 0.1, bottom: 0.22 } });
    this.markers = createSeriesMarkers(this.bars, []);
    this.repaint = repaint;
    repaint();
    chart.subscribeCrosshairMove((event) => this.point(event));
    listenToKeys(this.box, chart, this.bars, () => this.times());
    offerFullScreen(this.box);
    this.offerSteps();
  }

  times() {
    return this.candles.map(([ms]) => Math.floor(ms / 1000));
  }

  take({ candles, bars_each: barsEach }) {
    if (!candles.length) return;
    this.candles = candles;
    this.barsEach = barsEach;
    if (candles.length > 1) this.barMs = (candles[1][0] - candles[0][0]) / barsEach;
    this.bars.setData(
      candles.map(([ms, open, high, low, close]) => ({
        time: Math.floor(ms / 1000),
        open,
        high,
        low,
        close,
      })),
    );
    this.paintVolume();
    this.mark();
    this.point({});
  }

  paint() {
    const [up, down] = [token("up-fill"), token("down-fill")];
    this.bars?.applyOptions({
      upColor: this.isHollow ? token("surface") : up,
      borderUpColor: up,
      wickUpColor: up,
      downColor: down,
      borderDownColor: down,
      wickDownColor: down,
    });
    this.paintVolume();
    this.mark();
  }

  paintVolume() {
    const [up, down] = [faded("up-fill", 0.45), faded("down-fill", 0.45)];
    this.volume?.setData(
      this.candles.map(([ms, open, , , close, volume]) => ({
        time: Math.floor(ms / 1000),
        value: volume,
        color: close >= open ? up : down,
      })),
    );
  }

  mark() {
    if (!this.markers) return;
    const range = this.chart.timeScale().getVisibleRange();
    const isSeen = ({ exit_ms: ms }) =>
      !range || (ms >= range.from * 1000 && ms <= range.to * 1000);
    const hasText = this.trades.filter(isSeen).length <= MOST_TEXTS;
    const colours = { entry: token("series-1"), exit: token("series-4") };
    this.markers.setMarkers(marks(this.trades, this.candles, colours, hasText));
  }

  point({ time, seriesData }) {
    const bar = time === undefined ? null : seriesData.get(this.bars);
    const last = this.candles.at(-1);
    if (!bar && !last) return;
    const [ms, open, high, low, close] = bar
      ? [time * 1000, bar.open, bar.high, bar.low, bar.close]
      : last;
    const text = (value) => price(value, this.digits);
    this.write({
      time: moment(ms, { language: language() }),
      open: text(open),
      high: text(high),
      low: text(low),
      close: text(close),
      change: change(close / open - 1, { digits: 2 }),
      joined: this.barsEach > 1 ? this.joined() : "",
    });
  }

  joined() {
    const text = gettext("each candle joins %(count)s bars; zoom in for all");
    return fill(text, { count: fixed(this.barsEach, { digits: 0 }) });
  }

  async look(fromMs, toMs) {
    const span = toMs - fromMs;
    if (this.barsEach > 1) this.take(await this.fetch(fromMs - span, toMs + span));
    this.chart.timeScale().setVisibleRange({
      from: Math.floor(Math.max(fromMs, this.candles[0][0]) / 1000),
      to: Math.floor(Math.min(toMs, this.candles.at(-1)[0]) / 1000),
    });
    this.mark();
  }

  moved() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refine(), PAUSE_MS);
  }

  // Narrow views of joined candles get finer ones; views at an edge get more.
  async refine() {
    const range = this.chart.timeScale().getVisibleRange();
    if (!range || this.isLoading) return;
    this.mark();
    const [fromMs, toMs] = [range.from * 1000, range.to * 1000];
    const [first, last] = [this.candles[0][0], this.candles.at(-1)[0]];
    const isNarrow = this.barsEach > 1 && (toMs - fromMs) * 3.5 < last - first;
    const [start, end] = [this.whole.candles[0][0], this.whole.candles.at(-1)[0]];
    const isAtEdge = (fromMs <= first && first > start) || (toMs >= last && last < end);
    if (!isNarrow && !isAtEdge) return;
    this.isLoading = true;
    try {
      const span = toMs - fromMs;
      this.take(await this.fetch(fromMs - span, toMs + span));
      this.chart.timeScale().setVisibleRange(range);
    } finally {
      this.isLoading = false;
    }
  }

  offerSteps() {
    const card = this.box.closest("[data-chart-card]");
    for (const button of card?.querySelectorAll("[data-trade-step]") ?? []) {
      button.hidden = !this.trades.length;
      button.addEventListener("click", () =>
        this.step(Number(button.dataset.tradeStep)),
      );
    }
    const hollow = card?.querySelector("[data-hollow]");
    if (!hollow) return;
    hollow.hidden = false;
    hollow.ariaPressed = String(this.isHollow);
    hollow.addEventListener("click", () => {
      this.isHollow = !this.isHollow;
      hollow.ariaPressed = String(this.isHollow);
      this.repaint();
    });
  }

  step(by) {
    this.place = Math.max(0, Math.min(this.trades.length - 1, this.place + by));
    const trade = this.trades[this.place];
    this.write({ trade: `#${trade.number ?? this.place + 1}` });
    return this.look(...around(trade, trade, this.barMs));
  }
}

// The live candlestick chart: older candles come as one scrolls back.

import {
  CandlestickSeries,
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
import { change, fixed, moment, price, quantity } from "./format.js";
import { Candles, rowOf, stepOf } from "./instrument-candles.js";
import { Overlays } from "./instrument-overlays.js";
import { fill, gettext, language } from "./text.js";

const PAGE = 500;
const SHOWN = 140;
// So many bars before the left edge, older ones are asked for.
const EARLY = 60;
// The chart fits itself to its box first; see chart.js.
const SETTLED_MS = 150;

const bar = ([ms, open, high, low, close]) => ({
  time: ms / 1000,
  open,
  high,
  low,
  close,
});

export class LiveChart {
  constructor(box, { url, tick, lot }) {
    Object.assign(this, { box, url, tick: tick || null, lot: lot || null });
    this.candles = new Candles(60_000);
    this.write = legendOf(box);
    this.isHollow =
      document.documentElement.dataset.updown === "blue-up" ||
      matchMedia("(prefers-contrast: more)").matches;
    this.build();
  }

  build() {
    const { chart, repaint } = makeChart(this.box, () => this.paint());
    this.chart = chart;
    const formatter = (value) => price(value, { tick: this.tick });
    this.bars = chart.addSeries(CandlestickSeries, {
      priceFormat: { type: "custom", minMove: Number(this.tick) || 1e-9, formatter },
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
    this.overlays = new Overlays(chart, () => this.candles.rows);
    const card = this.box.closest("[data-chart-card]");
    const menu = card.querySelector("[data-indicators]");
    if (menu) this.overlays.offer(menu);
    repaint();
    chart.subscribeCrosshairMove((event) => this.point(event));
    chart.timeScale().subscribeVisibleLogicalRangeChange((range) => this.moved(range));
    const times = () => this.candles.rows.map(([ms]) => ms / 1000);
    listenToKeys(this.box, chart, this.bars, times);
    offerFullScreen(this.box);
  }

  // Another timeframe: a new page of candles; what still comes of the old is dropped.
  async open(timeframe) {
    this.timeframe = timeframe;
    this.isReady = false;
    this.candles = new Candles(stepOf(timeframe));
    const page = await this.fetch();
    if (this.timeframe !== timeframe) return;
    this.candles.merge(page.candles);
    this.hasOlder = page.has_older;
    this.draw();
    await new Promise((done) => setTimeout(done, SETTLED_MS));
    if (this.timeframe !== timeframe) return;
    const count = this.candles.rows.length;
    this.chart
      .timeScale()
      .setVisibleLogicalRange({ from: count - SHOWN, to: count + 4 });
    this.isReady = true;
  }

  async fetch(beforeMs = null) {
    const url = new URL(this.url, location.href);
    url.searchParams.set("timeframe", this.timeframe);
    url.searchParams.set("limit", PAGE);
    if (beforeMs !== null) url.searchParams.set("before_ms", beforeMs);
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`candles: ${answer.status}`);
    return answer.json();
  }

  moved(range) {
    if (range && range.from < EARLY) this.loadOlder();
  }

  async loadOlder() {
    if (!this.isReady || this.isLoading || !this.hasOlder) return;
    this.isLoading = true;
    const { timeframe } = this;
    try {
      const page = await this.fetch(this.candles.rows[0][0]);
      if (this.timeframe !== timeframe) return;
      const seen = this.chart.timeScale().getVisibleLogicalRange();
      const added = this.candles.prepend(page.candles);
      this.hasOlder = page.has_older && added > 0;
      this.draw();
      if (seen)
        this.chart
          .timeScale()
          .setVisibleLogicalRange({ from: seen.from + added, to: seen.to + added });
    } finally {
      this.isLoading = false;
    }
  }

  // A message of the topic candle:ID:TIMEFRAME.
  live({ candle, closed }) {
    if (!candle || !this.candles.rows) return;
    const steps = [closed, candle].filter(Boolean).map((one) => this.take(rowOf(one)));
    if (steps.includes("gap")) this.refill();
    this.overlays.move();
    this.point({});
  }

  take(row) {
    const step = this.candles.take(row);
    if (step === "inside") this.draw();
    else if (step) {
      this.bars.update(bar(row));
      this.volume.update(this.volumeOf(row));
    }
    return step;
  }

  // Candles closed while nobody listened: the server has stored them meanwhile.
  async refill() {
    if (this.isRefilling) return;
    this.isRefilling = true;
    const { timeframe } = this;
    try {
      const page = await this.fetch();
      if (this.timeframe !== timeframe) return;
      const running = this.candles.rows.at(-1);
      this.candles.merge(page.candles);
      if (running) this.candles.take(running);
      this.draw();
    } finally {
      this.isRefilling = false;
    }
  }

  draw() {
    this.bars.setData(this.candles.rows.map(bar));
    this.paintVolume();
    this.overlays.draw();
    this.box.dataset.count = this.candles.rows.length;
    this.point({});
    const { missing } = this.candles;
    const text = gettext("%(count)s candles are missing in between");
    const older = this.hasOlder ? "" : gettext("This is all that is stored.");
    const gap = missing ? fill(text, { count: fixed(missing, { digits: 0 }) }) : "";
    this.write({ older: [gap, older].filter(Boolean).join(" · ") });
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
    this.overlays?.paint();
  }

  paintVolume() {
    this.volume?.setData(this.candles.rows.map((row) => this.volumeOf(row)));
  }

  volumeOf([ms, open, , , close, volume]) {
    const colour = close >= open ? "up-fill" : "down-fill";
    return { time: ms / 1000, value: volume, color: faded(colour, 0.45) };
  }

  point({ time, seriesData }) {
    const seen = time === undefined ? null : seriesData.get(this.bars);
    const row = seen
      ? this.candles.rows.find(([ms]) => ms === time * 1000)
      : this.candles.rows.at(-1);
    if (!row) return;
    const [ms, open, high, low, close, volume] = row;
    const text = (value) => price(value, { tick: this.tick });
    this.write({
      time: moment(ms, { language: language() }),
      open: text(open),
      high: text(high),
      low: text(low),
      close: text(close),
      volume: quantity(volume, { lot: this.lot }),
      change: change(close / open - 1, { digits: 2 }),
      overlays: this.overlays
        .chosen()
        .map(({ name }) => name)
        .join(" · "),
    });
  }
}

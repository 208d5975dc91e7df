// Equity over drawdown: two panes, one time axis, buy and hold beside the strategy.

import {
  BaselineSeries,
  LineSeries,
  LineStyle,
  PriceScaleMode,
} from "../vendor/lightweight-charts/lightweight-charts.standalone.production.mjs";
import {
  faded,
  legendOf,
  listenToKeys,
  makeChart,
  offerFullScreen,
  token,
} from "./chart.js";
import { drawdown, fixed, moment, short } from "./format.js";
import { language } from "./text.js";

const YEAR_S = 365 * 86_400;
const axisMoney = {
  type: "custom",
  minMove: 0.01,
  formatter: (value) =>
    Math.abs(value) < 1000
      ? fixed(value, { digits: 2 })
      : short(value, { language: language() }),
};
const axisFall = {
  type: "custom",
  minMove: 0.0001,
  formatter: (value) => drawdown(value, { digits: 1 }),
};

// Rows of [ms, equity, hold, drawdown, hold drawdown] as one line per column.
export function lines(rows) {
  const column = (index, sign = 1) =>
    rows.map((row) => ({ time: Math.floor(row[0] / 1000), value: sign * row[index] }));
  return {
    equity: column(1),
    hold: column(2),
    fall: column(3, -1),
    holdFall: column(4, -1),
  };
}

// A logarithmic axis tells the truth when the period is long or the range wide.
export function wantsLog(rows) {
  if (rows.length < 2) return false;
  const values = rows.flatMap((row) => [row[1], row[2]]);
  const low = Math.min(...values);
  if (low <= 0) return false;
  const spanS = (rows.at(-1)[0] - rows[0][0]) / 1000;
  return spanS > YEAR_S || Math.max(...values) / low > 3;
}

export function equityChart(box, rows) {
  const data = lines(rows);
  const series = {};
  const { chart, repaint } = makeChart(box, () => paint(series));
  const add = (name, kind, pane, priceFormat, options = {}) => {
    series[name] = chart.addSeries(
      kind,
      { priceFormat, priceLineVisible: false, ...options },
      pane,
    );
    series[name].setData(data[name]);
  };
  add("hold", LineSeries, 0, axisMoney, { lineWidth: 1 });
  add("equity", LineSeries, 0, axisMoney, { lineWidth: 2 });
  add("holdFall", LineSeries, 1, axisFall, { lineWidth: 1 });
  add("fall", BaselineSeries, 1, axisFall, {
    lineWidth: 1,
    baseValue: { type: "price", price: 0 },
  });
  chart.panes()[0].setStretchFactor(3);
  chart.panes()[1].setStretchFactor(1);
  repaint();
  chart.timeScale().fitContent();
  writeLegend(box, chart, series, rows);
  offerLog(box, chart, rows);
  offerFullScreen(box);
  listenToKeys(box, chart, series.equity, () => data.equity.map((point) => point.time));
  return chart;
}

function paint({ equity, hold, fall, holdFall }) {
  equity.applyOptions({ color: token("series-1") });
  hold.applyOptions({ color: token("series-2") });
  holdFall.applyOptions({ color: token("series-2"), lineStyle: LineStyle.Dotted });
  fall.applyOptions({
    topLineColor: "transparent",
    topFillColor1: "transparent",
    topFillColor2: "transparent",
    bottomLineColor: token("down-fill"),
    bottomFillColor1: faded("down-fill", 0.12),
    bottomFillColor2: faded("down-fill", 0.35),
  });
}

function writeLegend(box, chart, series, rows) {
  const write = legendOf(box);
  const show = (ms, values) =>
    write({
      time: ms === null ? "" : moment(ms, { language: language() }),
      equity: fixed(values[0]),
      hold: fixed(values[1]),
      fall: drawdown(values[2]),
    });
  const last = rows.at(-1);
  const rest = () => last && show(last[0], [last[1], last[2], last[3]]);
  rest();
  chart.subscribeCrosshairMove(({ time, seriesData }) => {
    if (time === undefined) return rest();
    const at = (name) => seriesData.get(series[name])?.value ?? null;
    show(time * 1000, [at("equity"), at("hold"), at("fall")]);
  });
}

function offerLog(box, chart, rows) {
  const buttons =
    box.closest("[data-chart-card]")?.querySelectorAll("[data-scale]") ?? [];
  const choose = (name) => {
    const mode = name === "log" ? PriceScaleMode.Logarithmic : PriceScaleMode.Normal;
    chart.priceScale("right", 0).applyOptions({ mode });
    for (const button of buttons)
      button.ariaPressed = String(button.dataset.scale === name);
  };
  for (const button of buttons) {
    button.addEventListener("click", () => choose(button.dataset.scale));
  }
  choose(wantsLog(rows) ? "log" : "linear");
}

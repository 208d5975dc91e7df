// The backtest report's charts.

import { CandleChart } from "./candles.js";
import { equityChart } from "./equity.js";
import { gettext } from "./text.js";

const equity = document.querySelector("[data-equity]");
if (equity) {
  equityChart(
    equity,
    JSON.parse(document.getElementById(equity.dataset.equity).textContent),
  );
}

const candles = document.querySelector("[data-candles]");
if (candles) {
  new CandleChart(candles).start().catch(() => {
    candles.textContent = gettext(
      "The candles could not be loaded. Reload the page to try again.",
    );
  });
}

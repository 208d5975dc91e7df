// Indicators over the chart, chosen in its menu and remembered by this browser.

import { LineSeries } from "../vendor/lightweight-charts/lightweight-charts.standalone.production.mjs";
import { token } from "./chart.js";
import { INDICATORS } from "./indicators.js";

const KEPT = "cu-indicators";

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? ["EMA 20", "EMA 50"];
  } catch {
    return ["EMA 20", "EMA 50"];
  }
}

export class Overlays {
  constructor(chart, rows) {
    this.chart = chart;
    this.rows = rows;
    this.lines = new Map();
    this.wanted = new Set(remembered());
  }

  offer(menu) {
    menu.hidden = false;
    const boxes = INDICATORS.map(({ name }) => {
      const label = document.createElement("label");
      const box = document.createElement("input");
      box.type = "checkbox";
      box.checked = this.wanted.has(name);
      box.addEventListener("change", () => this.choose(name, box.checked));
      label.append(box, ` ${name}`);
      return label;
    });
    menu.querySelector("[data-indicator-list]").replaceChildren(...boxes);
  }

  choose(name, isWanted) {
    if (isWanted) this.wanted.add(name);
    else this.wanted.delete(name);
    localStorage.setItem(KEPT, JSON.stringify([...this.wanted]));
    this.draw();
  }

  chosen() {
    return INDICATORS.filter(({ name }) => this.wanted.has(name));
  }

  // All of it: after other candles came, or another choice.
  draw() {
    for (const [name, series] of this.lines) {
      if (this.wanted.has(name)) continue;
      this.chart.removeSeries(series);
      this.lines.delete(name);
    }
    for (const one of this.chosen()) {
      if (!this.lines.has(one.name)) this.lines.set(one.name, this.add(one));
      this.lines.get(one.name).setData(this.points(one));
    }
    this.paint();
  }

  // Only the newest point: candles move five times a second.
  move() {
    const rows = this.rows();
    const closes = rows.map((row) => row[4]);
    for (const { name, line } of this.chosen()) {
      const value = line(closes).at(-1);
      if (value === null || value === undefined) continue;
      this.lines.get(name)?.update({ time: rows.at(-1)[0] / 1000, value });
    }
  }

  paint() {
    for (const { name, colour } of this.chosen())
      this.lines.get(name)?.applyOptions({ color: token(colour) });
  }

  add({ dash }) {
    return this.chart.addSeries(LineSeries, {
      lineWidth: 1,
      lineStyle: dash,
      priceLineVisible: false,
      lastValueVisible: false,
      crosshairMarkerVisible: false,
    });
  }

  points({ line }) {
    const rows = this.rows();
    const values = line(rows.map((row) => row[4]));
    return rows
      .map(([ms], place) => ({ time: ms / 1000, value: values[place] }))
      .filter(({ value }) => value !== null);
  }
}

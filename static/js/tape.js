// The newest trades, in a fixed number of rows.

import { price, quantity, time } from "./format.js";

const ROWS = 30;

export class Tape {
  constructor(card, { tick, lot }) {
    this.tick = tick || null;
    this.lot = lot || null;
    this.body = card.querySelector("tbody");
  }

  paint({ trades }) {
    if (!trades) return;
    this.rows ??= this.make();
    this.rows.forEach((row, place) => {
      this.fill(row, trades[place]);
    });
  }

  make() {
    const rows = Array.from({ length: ROWS }, () => {
      const row = document.createElement("tr");
      for (const name of ["cu-num", "cu-num cu-end", "cu-num cu-end"]) {
        const cell = document.createElement("td");
        cell.className = name;
        row.append(cell);
      }
      return row;
    });
    this.body.replaceChildren(...rows);
    return rows;
  }

  fill(row, trade) {
    const [at, cost, size] = row.cells;
    const id = trade ? String(trade.id) : "";
    if (row.dataset.trade === id) return;
    row.dataset.trade = id;
    at.textContent = trade ? time(trade.time_ms) : "";
    const isBuy = trade?.side === "buy";
    cost.textContent = trade
      ? `${isBuy ? "▲" : "▼"} ${price(trade.price, { tick: this.tick })}`
      : "";
    cost.classList.toggle("cu-up", Boolean(trade) && isBuy);
    cost.classList.toggle("cu-down", Boolean(trade) && !isBuy);
    size.textContent = trade ? quantity(trade.quantity, { lot: this.lot }) : "";
  }
}

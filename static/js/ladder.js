// The order book as a ladder with a fixed number of rows: nothing jumps.

import { digitsOf, price, quantity } from "./format.js";

export const LEVELS = 14;

// Levels [price, size] joined to steps of `step`, with the sum so far, nearest first.
export function grouped(levels, step, side) {
  const round = side === "bids" ? Math.floor : Math.ceil;
  const digits = digitsOf(step);
  // A hair's breadth, so that 100.3 / 0.1 stays on its own step.
  const hair = side === "bids" ? 1e-9 : -1e-9;
  const rows = [];
  let sum = 0;
  for (const [at, size] of levels) {
    const edge = (round(Number(at) / Number(step) + hair) * Number(step)).toFixed(
      digits,
    );
    sum += Number(size);
    if (rows.at(-1)?.price === edge) {
      rows.at(-1).size += Number(size);
      rows.at(-1).sum = sum;
    } else rows.push({ price: edge, size: Number(size), sum });
  }
  return rows;
}

function makeRows(body) {
  const rows = Array.from({ length: LEVELS }, () => {
    const row = document.createElement("tr");
    for (const name of ["", "cu-end", "cu-end"]) {
      const cell = document.createElement("td");
      cell.className = `cu-num ${name}`;
      row.append(cell);
    }
    return row;
  });
  body.replaceChildren(...rows);
  return rows;
}

export class Ladder {
  constructor(card, { tick, lot }) {
    this.tick = tick || "0.01";
    this.lot = lot || null;
    this.step = this.tick;
    this.middle = card.querySelector("[data-middle]");
    this.bodies = {
      asks: card.querySelector('[data-side="asks"]'),
      bids: card.querySelector('[data-side="bids"]'),
    };
    this.offerSteps(card.querySelector("[data-grouping]"));
  }

  offerSteps(place) {
    const digits = digitsOf(this.tick);
    const steps = [1, 10, 100].map((times) =>
      (Number(this.tick) * times).toFixed(digits).replace(/\.?0+$/, ""),
    );
    const buttons = steps.map((step) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = step;
      button.translate = false;
      button.ariaPressed = String(step === steps[0]);
      button.addEventListener("click", () => {
        this.step = step;
        for (const one of buttons) one.ariaPressed = String(one === button);
        if (this.book) this.paint(this.book);
      });
      return button;
    });
    place.hidden = false;
    place.replaceChildren(...buttons);
  }

  paint(book) {
    if (!book.bids || !book.asks) return;
    this.book = book;
    this.rows ??= {
      asks: makeRows(this.bodies.asks),
      bids: makeRows(this.bodies.bids),
    };
    const sides = {
      asks: grouped(book.asks, this.step, "asks").slice(0, LEVELS),
      bids: grouped(book.bids, this.step, "bids").slice(0, LEVELS),
    };
    const most = Math.max(
      1e-12,
      ...[...sides.asks, ...sides.bids].map(({ sum }) => sum),
    );
    for (const [side, levels] of Object.entries(sides)) {
      // Asks are written from far to near, so that the best stands at the middle.
      const shown = [...levels, ...Array(LEVELS - levels.length).fill(null)];
      if (side === "asks") shown.reverse();
      shown.forEach((level, place) => {
        this.fill(this.rows[side][place], level, most);
      });
    }
    const best = (levels) => price(levels[0]?.[0] ?? null, { tick: this.tick });
    this.middle.textContent = `${best(book.bids)} / ${best(book.asks)}`;
  }

  fill(row, level, most) {
    const texts = level
      ? [
          price(level.price, { tick: this.step }),
          quantity(level.size, { lot: this.lot }),
          quantity(level.sum, { lot: this.lot }),
        ]
      : ["", "", ""];
    texts.forEach((text, place) => {
      const cell = row.cells[place];
      if (cell.textContent !== text) cell.textContent = text;
    });
    row.style.setProperty("--cu-share", `${level ? (level.sum / most) * 100 : 0}%`);
  }
}

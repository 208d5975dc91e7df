// A ticker's figures in the cells of a row or a head: [data-cell=last], and so on.

import { change, fixed, price, short } from "./format.js";
import { language } from "./text.js";

const FLASH_MS = 400;

// Of the mid price, in basis points; null while a side is unknown.
export function spreadBps(bid, ask) {
  const [low, high] = [Number(bid), Number(ask)];
  return low && high ? ((high - low) * 20_000) / (high + low) : null;
}

// The texts of a ticker's cells.
export function texts(ticker, { tick, languageCode = "en" }) {
  const known = ticker.change_pct !== null && ticker.change_pct !== undefined;
  return {
    last: price(ticker.last, { tick }),
    change: known ? change(Number(ticker.change_pct) / 100, { digits: 2 }) : "–",
    high: price(ticker.high, { tick }),
    low: price(ticker.low, { tick }),
    volume: short(ticker.quote_volume, { language: languageCode }),
    spread: fixed(spreadBps(ticker.bid, ticker.ask)),
  };
}

export function flash(cell, isUp) {
  cell.classList.remove("cu-flash-up", "cu-flash-down");
  cell.classList.add(isUp ? "cu-flash-up" : "cu-flash-down");
  clearTimeout(cell.flashing);
  cell.flashing = setTimeout(
    () => cell.classList.remove("cu-flash-up", "cu-flash-down"),
    FLASH_MS,
  );
}

function colour(cell, value) {
  cell.classList.toggle("cu-up", value > 0);
  cell.classList.toggle("cu-down", value < 0);
}

export function paintQuote(box, ticker, kind) {
  if (ticker.last === undefined) return;
  const found = texts(ticker, {
    tick: box.dataset.tick || null,
    languageCode: language(),
  });
  for (const [name, text] of Object.entries(found)) {
    const cell = box.querySelector(`[data-cell="${name}"]`);
    if (!cell || cell.textContent === text) continue;
    cell.textContent = text;
    if (name === "change") colour(cell, Number(ticker.change_pct));
    if (name !== "last") continue;
    const before = Number(box.dataset.last);
    if (kind === "update" && before) flash(cell, Number(ticker.last) > before);
    box.dataset.last = ticker.last;
  }
}

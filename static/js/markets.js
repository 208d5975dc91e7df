// The page Markets: each row follows its ticker; typing filters without a reload.

import { paintQuote } from "./markets-cells.js";
import { follow } from "./markets-follow.js";
import { drawSparks } from "./markets-sparks.js";

const page = document.querySelector("[data-markets]");
const rows = [...(page?.querySelectorAll("tr[data-ticker]") ?? [])];

for (const row of rows) {
  follow(`ticker:${row.dataset.ticker}`, {
    paint: (ticker, kind) => paintQuote(row, ticker, kind),
    marks: [row.querySelector("[data-fresh]")],
    boxes: [row],
  });
}

page?.querySelector("[data-filter]")?.addEventListener("input", ({ target }) => {
  const wanted = target.value.trim().toUpperCase();
  for (const row of rows) row.hidden = !row.dataset.symbol.includes(wanted);
});

if (page) drawSparks(page.dataset.sparks, [...page.querySelectorAll("[data-spark]")]);

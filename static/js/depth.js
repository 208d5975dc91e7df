// The order book summed up from the middle, as two stairs.

import { fixed, price, quantity } from "./format.js";
import { fill, gettext } from "./text.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, RIGHT, BOTTOM, TOP] = [400, 170, 52, 20, 6];

// [price, sum so far] from the best outwards.
export function sums(levels) {
  let sum = 0;
  return levels.map(([at, size]) => {
    sum += Number(size);
    return [Number(at), sum];
  });
}

// A stair through the points, closed at the bottom; x and y are functions.
export function stair(points, x, y) {
  if (!points.length) return "";
  const start = `M${x(points[0][0]).toFixed(1)} ${y(0).toFixed(1)}`;
  let level = 0;
  const steps = points.map(([at, sum]) => {
    const text = `L${x(at).toFixed(1)} ${y(level).toFixed(1)}L${x(at).toFixed(1)} ${y(sum).toFixed(1)}`;
    level = sum;
    return text;
  });
  return `${start}${steps.join("")}`;
}

function make(parent, name, attributes, text = "") {
  const one = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
  one.textContent = text;
  parent.append(one);
}

export class Depth {
  constructor(page, { tick, lot }) {
    this.svg = page.querySelector("[data-depth]");
    this.note = page.querySelector("[data-depth-note]");
    this.totals = {
      bids: page.querySelector('[data-depth-total="bids"]'),
      asks: page.querySelector('[data-depth-total="asks"]'),
    };
    this.tick = tick || null;
    this.lot = lot || null;
  }

  paint({ bids, asks }) {
    if (!bids?.length || !asks?.length) return;
    const [left, right] = [sums(bids), sums(asks)];
    const middle = (left[0][0] + right[0][0]) / 2;
    const reach = Math.max(middle - left.at(-1)[0], right.at(-1)[0] - middle) || 1;
    const most = Math.max(left.at(-1)[1], right.at(-1)[1]);
    const wide = WIDTH - RIGHT;
    const x = (at) => ((at - middle + reach) / (2 * reach)) * wide;
    const y = (sum) => TOP + (1 - sum / most) * (HEIGHT - BOTTOM - TOP);
    this.svg.replaceChildren();
    this.side(left, "bids", 0, x, y);
    this.side(right, "asks", wide, x, y);
    for (const share of [0, 0.5, 1]) {
      const label = fixed(most * share, { digits: most < 10 ? 2 : 0 });
      make(this.svg, "text", { x: wide + 6, y: y(most * share) + 4 }, label);
    }
    for (const [at, anchor] of [
      [middle - reach, "start"],
      [middle, "middle"],
      [middle + reach, "end"],
    ]) {
      const place = { x: x(at), y: HEIGHT - 4, "text-anchor": anchor };
      make(this.svg, "text", place, price(at, { tick: this.tick }));
    }
    this.totals.bids.textContent = quantity(left.at(-1)[1], { lot: this.lot });
    this.totals.asks.textContent = quantity(right.at(-1)[1], { lot: this.lot });
    const share = fixed((reach / middle) * 100, { digits: 2 });
    this.note.textContent = fill(gettext("±%(share)s % of the mid price"), { share });
  }

  side(points, name, edge, x, y) {
    const end = `L${edge} ${y(points.at(-1)[1]).toFixed(1)}`;
    const line = stair(points, x, y) + end;
    make(this.svg, "path", {
      d: `${line}L${edge} ${y(0)}Z`,
      class: `cu-depth-${name}`,
    });
  }
}

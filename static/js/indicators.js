// Lines over the candles. Pure: numbers in, numbers out, null where none is defined.
// The same definitions as apps/strategies/indicators, which test them against TA-Lib.

export function sma(values, period) {
  let sum = 0;
  return values.map((value, place) => {
    sum += value - (place >= period ? values[place - period] : 0);
    return place >= period - 1 ? sum / period : null;
  });
}

// Seeded with the simple average of the first `period` values.
export function ema(values, period) {
  const weight = 2 / (period + 1);
  let last = null;
  const seeds = sma(values.slice(0, period), period);
  return values.map((value, place) => {
    if (place < period - 1) return null;
    last = last === null ? seeds[place] : last + weight * (value - last);
    return last;
  });
}

// `width` standard deviations of the population around the simple average.
export function band(values, period, width) {
  const middle = sma(values, period);
  return middle.map((mean, place) => {
    if (mean === null) return null;
    let squares = 0;
    for (let i = place - period + 1; i <= place; i++)
      squares += (values[i] - mean) ** 2;
    return mean + width * Math.sqrt(squares / period);
  });
}

// What can be overlaid: name, the token of its colour, dash, and its line of closes.
export const INDICATORS = [
  { name: "EMA 20", colour: "series-3", dash: 0, line: (c) => ema(c, 20) },
  { name: "EMA 50", colour: "series-4", dash: 0, line: (c) => ema(c, 50) },
  { name: "SMA 200", colour: "series-1", dash: 2, line: (c) => sma(c, 200) },
  { name: "BB 20 +2", colour: "series-2", dash: 1, line: (c) => band(c, 20, 2) },
  { name: "BB 20 −2", colour: "series-2", dash: 1, line: (c) => band(c, 20, -2) },
];

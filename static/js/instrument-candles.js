// The candles a live chart holds: older pages in front, live ones at the end.
// A row is [open ms, open, high, low, close, volume].

export function rowOf({ time_ms: ms, open, high, low, close, volume }) {
  return [ms, ...[open, high, low, close, volume].map(Number)];
}

export class Candles {
  constructor(stepMs) {
    this.stepMs = stepMs;
    this.rows = [];
  }

  // Rows that are older than the first; returns how many were news.
  prepend(older) {
    const first = this.rows[0]?.[0] ?? Number.POSITIVE_INFINITY;
    const news = older.filter(([ms]) => ms < first);
    this.rows = [...news, ...this.rows];
    return news.length;
  }

  // Newer or other rows, as the server stores them; what is here stays elsewhere.
  merge(stored) {
    const all = new Map(this.rows.map((row) => [row[0], row]));
    for (const row of stored) all.set(row[0], row);
    this.rows = [...all.values()].sort((a, b) => a[0] - b[0]);
  }

  // A live row. Returns "last" (it replaced the last), "next" (a new one follows),
  // "gap" (one follows, but candles between are missing), "inside" (an older changed)
  // or "" when it is not one of ours.
  take(row) {
    const last = this.rows.at(-1);
    if (last && row[0] < last[0]) {
      const place = this.rows.findIndex(([ms]) => ms === row[0]);
      if (place < 0) return "";
      this.rows[place] = row;
      return "inside";
    }
    if (last?.[0] === row[0]) {
      this.rows[this.rows.length - 1] = row;
      return "last";
    }
    this.rows.push(row);
    return last && row[0] > last[0] + this.stepMs ? "gap" : "next";
  }

  // How many candles are absent between those that are here.
  get missing() {
    if (!this.rows.length) return 0;
    const span = (this.rows.at(-1)[0] - this.rows[0][0]) / this.stepMs + 1;
    return Math.max(0, Math.round(span) - this.rows.length);
  }
}

const UNITS_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 };

export function stepOf(timeframe) {
  return Number.parseInt(timeframe, 10) * UNITS_MS[timeframe.at(-1)];
}

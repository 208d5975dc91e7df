// How long to wait before the next attempt: 1, 2, 4, 8, then 15 s, each with jitter
// so that a restarted server is not met by every page in the same moment.

const STEPS_MS = [1000, 2000, 4000, 8000, 15000];

export function waitMs(attempt, random = Math.random) {
  const step = STEPS_MS[Math.min(attempt, STEPS_MS.length - 1)];
  return Math.round(step * (0.8 + 0.4 * random()));
}

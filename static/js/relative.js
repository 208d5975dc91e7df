// Ages beside absolute times: <span data-since-ms="..."></span>, up to 24 hours.

import { duration } from "./format.js";
import { serverNowMs } from "./live.js";
import { fill, gettext, language } from "./text.js";

const DAY_MS = 86_400_000;

export function ageText(ageMs, languageCode = "en") {
  if (ageMs < 0 || ageMs >= DAY_MS) return "";
  const whole = ageMs < 60_000 ? ageMs - (ageMs % 1000) : ageMs - (ageMs % 60_000);
  return duration(whole, { language: languageCode });
}

function paint() {
  for (const mark of document.querySelectorAll("[data-since-ms]")) {
    const text = ageText(serverNowMs() - Number(mark.dataset.sinceMs), language());
    mark.textContent = text && fill(gettext("(%(age)s ago)"), { age: text });
  }
}

if (globalThis.document?.querySelector("[data-since-ms]")) {
  paint();
  setInterval(() => document.hidden || paint(), 30_000);
}

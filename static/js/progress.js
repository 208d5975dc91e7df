// Jobs on the page, fed by topic job:N. Marked in the page as
//   <div data-job="12" [data-job-reload]> with inside, each optional:
//   [data-job-bar] [data-job-text] [data-job-stage] [data-job-status] [data-job-error]
// With data-job-reload the page is fetched anew when the job has ended.

import { count, duration } from "./format.js";
import { subscribe } from "./live.js";
import { fill, gettext, language } from "./text.js";

const ENDED = new Set(["done", "failed", "cancelled"]);

export function progressText(job, languageCode = "en") {
  const parts = [];
  if (job.total) {
    const values = { done: count(job.done), total: count(job.total) };
    parts.push(fill(gettext("%(done)s of %(total)s"), values));
  }
  if (job.pct !== null && job.pct !== undefined)
    parts.push(`${Math.floor(job.pct)}\u00a0%`);
  if (job.eta_s) {
    const left = duration(Math.round(job.eta_s) * 1000, { language: languageCode });
    parts.push(fill(gettext("%(time)s left"), { time: left }));
  }
  return parts.join(" · ");
}

const words = () => ({
  queued: gettext("Queued"),
  running: gettext("Running"),
  done: gettext("Done"),
  failed: gettext("Failed"),
  cancelled: gettext("Cancelled"),
});

// The stages as workers write them, in English.
const stages = () => ({
  "another download of it runs; waiting": gettext(
    "another download of it runs; waiting",
  ),
  "asking for backtests": gettext("asking for backtests"),
  "asking the exchange": gettext("asking the exchange"),
  "downloading history": gettext("downloading history"),
  "judging instruments": gettext("judging instruments"),
  "making the market": gettext("making the market"),
  "reading candles": gettext("reading candles"),
  testing: gettext("testing"),
});

function show(box, job) {
  const find = (name) => box.querySelector(`[data-job-${name}]`);
  const bar = find("bar");
  if (bar) {
    bar.setAttribute("aria-valuenow", Math.floor(job.pct ?? 0));
    bar.style.setProperty("--cu-share", `${job.pct ?? 0}%`);
  }
  const put = (name, text) => {
    const element = find(name);
    if (element && element.textContent !== text) element.textContent = text;
  };
  put("text", progressText(job, language()));
  put("stage", stages()[job.stage] ?? job.stage ?? "");
  put("status", words()[job.status] ?? job.status);
  put("error", job.error ?? "");
}

function follow(box) {
  let hasEnded = false;
  subscribe(`job:${box.dataset.job}`, (job) => {
    show(box, job);
    if (!ENDED.has(job.status) || hasEnded) return;
    hasEnded = true;
    if ("jobReload" in box.dataset) location.reload();
  });
}

if (globalThis.document) {
  for (const box of document.querySelectorAll("[data-job]")) follow(box);
}

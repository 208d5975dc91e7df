// A list of jobs: tells when one has begun that the page does not show yet.

import { subscribe } from "./live.js";

const list = document.querySelector("[data-jobs]:not([data-jobs=''])");
const ENDED = new Set(["done", "failed", "cancelled"]);

if (list) {
  const hint = list.querySelector("[data-new-jobs]");
  subscribe(list.dataset.jobs, (data) => {
    const jobs = Array.isArray(data) ? data : (data.jobs ?? [data]);
    const isNew = ({ id, status }) =>
      !ENDED.has(status) && !list.querySelector(`[data-job="${id}"]`);
    if (jobs.some(isNew)) hint.hidden = false;
  });
}

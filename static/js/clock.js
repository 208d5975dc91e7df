// The strip's clock: UTC by the server, and the reader's own time beside it.

import { time } from "./format.js";
import { serverNowMs } from "./live.js";
import { fill, gettext } from "./text.js";

const clock = document.querySelector("[data-clock]");

function paint() {
  const nowMs = serverNowMs();
  const here = new Date(nowMs);
  const local = [here.getHours(), here.getMinutes()]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
  clock.textContent = fill(gettext("%(utc)s UTC · %(local)s local"), {
    utc: time(nowMs),
    local,
  });
}

if (clock) {
  clock.hidden = false;
  paint();
  setInterval(() => document.hidden || paint(), 1000);
}

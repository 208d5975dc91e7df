// What every time chart shares: colours from the tokens, size, keys, the legend line.
// Drawn by lightweight-charts (vendored); its attribution logo stays.

import {
  ColorType,
  CrosshairMode,
  createChart,
} from "../vendor/lightweight-charts/lightweight-charts.standalone.production.mjs";
import { moment } from "./format.js";
import { language } from "./text.js";

const REFIT_MS = 60;

export function token(name) {
  return getComputedStyle(document.documentElement)
    .getPropertyValue(`--cu-${name}`)
    .trim();
}

// A token's colour with an opacity of 0 to 1; tokens are #rrggbb.
export function faded(name, opacity) {
  const alpha = Math.round(opacity * 255);
  return token(name) + alpha.toString(16).padStart(2, "0");
}

function looks() {
  return {
    layout: {
      background: { type: ColorType.Solid, color: token("surface") },
      textColor: token("muted"),
      fontFamily: token("font"),
      fontSize: 11,
      attributionLogo: true,
      panes: { separatorColor: token("line"), enableResize: false },
    },
    grid: { vertLines: { color: token("line") }, horzLines: { color: token("line") } },
    rightPriceScale: { borderColor: token("line"), entireTextOnly: true },
    timeScale: { borderColor: token("line") },
  };
}

// `colour()` paints the series anew; it is called now and when the theme changes.
export function makeChart(box, colour) {
  const chart = createChart(box, {
    ...looks(),
    width: box.clientWidth,
    height: box.clientHeight,
    crosshair: { mode: CrosshairMode.Magnet },
    handleScroll: { vertTouchDrag: false, mouseWheel: false },
    handleScale: { mouseWheel: false, pinch: true },
    localization: {
      locale: language(),
      timeFormatter: (seconds) => moment(seconds * 1000, { language: language() }),
    },
  });
  chart
    .timeScale()
    .applyOptions({ timeVisible: true, secondsVisible: false, minBarSpacing: 0.02 });
  const repaint = () => {
    chart.applyOptions(looks());
    colour(chart);
  };
  followSize(box, chart);
  followTheme(repaint);
  zoomWithControl(box, chart);
  return { chart, repaint };
}

// The first sizes come before the page is laid out, and would squeeze the bars.
function followSize(box, chart) {
  let timer;
  let isFitted = false;
  const refit = () => {
    if (!box.clientWidth) return;
    chart.resize(box.clientWidth, box.clientHeight);
    if (!isFitted) chart.timeScale().fitContent();
    isFitted = true;
  };
  new ResizeObserver(() => {
    clearTimeout(timer);
    timer = setTimeout(refit, REFIT_MS);
  }).observe(box);
}

function followTheme(repaint) {
  const watched = { attributes: true, attributeFilter: ["class", "data-updown"] };
  new MutationObserver(repaint).observe(document.documentElement, watched);
}

// The wheel scrolls the page; with Ctrl, or pinched, it zooms the chart.
function zoomWithControl(box, chart) {
  const decide = ({ ctrlKey }) => {
    chart.applyOptions({ handleScale: { mouseWheel: ctrlKey } });
  };
  box.addEventListener("wheel", decide, { capture: true, passive: true });
}

// + and - zoom, arrows move the crosshair over `times` (seconds), Home shows all.
export function listenToKeys(box, chart, series, times) {
  let place = null;
  const zoom = (factor) => {
    const scale = chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    if (!range) return;
    const grow = ((range.to - range.from) * (factor - 1)) / 2;
    scale.setVisibleLogicalRange({ from: range.from - grow, to: range.to + grow });
  };
  const step = (by) => {
    const all = times();
    place = Math.max(0, Math.min(all.length - 1, (place ?? all.length) + by));
    chart.setCrosshairPosition(0, all[place], series);
  };
  const keys = {
    "+": () => zoom(0.7),
    "-": () => zoom(1.4),
    ArrowLeft: () => step(-1),
    ArrowRight: () => step(1),
    Home: () => chart.timeScale().fitContent(),
  };
  box.addEventListener("keydown", (event) => {
    if (event.altKey || event.metaKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
}

// Writes values into [data-legend=NAME] of the chart's card.
export function legendOf(box) {
  const card = box.closest("[data-chart-card]") ?? box.parentElement;
  return (values) => {
    for (const [name, text] of Object.entries(values)) {
      const place = card.querySelector(`[data-legend="${name}"]`);
      if (place) place.textContent = text;
    }
  };
}

export function offerFullScreen(box) {
  const card = box.closest("[data-chart-card]");
  const button = card?.querySelector("[data-full-screen]");
  if (!button || !document.fullscreenEnabled) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else card.requestFullscreen();
  });
}

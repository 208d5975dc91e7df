// How numbers, money and times are written: the mirror of apps/common/formats.py.
// Both pass tests/js/format-cases.json. Values are numbers or the text of decimals.

import { decimal, rounded, shifted, sizeAgainst } from "./decimal.js";

const MINUS = "\u2212";
const NBSP = "\u00a0";
export const MISSING = "\u2013";
const TINY_ZEROS = 4;
const QUOTE_DIGITS = { BTC: 8, ETH: 8, BNB: 8 };
const SHORT_FROM = 1_000_000;
// [power of ten, unit]
const SHORT_UNITS = {
  en: [
    [12, `${NBSP}tn`],
    [9, `${NBSP}bn`],
    [6, `${NBSP}m`],
  ],
  zh: [
    [12, "万亿"],
    [8, "亿"],
    [4, "万"],
  ],
};
const DURATIONS_MS = [86_400_000, 3_600_000, 60_000, 1000, 1];
const EXACT_BELOW = 100;
const DURATION_UNITS = {
  en: ["d", "h", "min", "s", "ms"],
  zh: ["天", "小时", "分", "秒", "毫秒"],
};
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

const family = (language) => (language.startsWith("zh") ? "zh" : "en");

function write(number, digits, signed) {
  if (!number) return MISSING;
  const steps = rounded(number, digits);
  const text = steps.toString().padStart(digits + 1, "0");
  const whole = text.slice(0, text.length - digits);
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  const part = digits ? `.${text.slice(-digits)}` : "";
  const plus = signed ? "+" : "";
  const sign = steps === 0n ? "" : number.isNegative ? MINUS : plus;
  return sign + grouped + part;
}

export function fixed(value, { digits = 2, signed = false } = {}) {
  return write(decimal(value), digits, signed);
}

export function digitsOf(step) {
  const number = decimal(step);
  if (!number) return 2;
  const digits = number.digits.toString().replace(/0+$/, "");
  const zeros = number.digits.toString().length - digits.length;
  return Math.max(0, number.scale - zeros);
}

// The exponent of the first figure: 0 for 1 to 9, -4 for 0.0005.
const exponentOf = (number) => number.digits.toString().length - 1 - number.scale;

function digitsOn(value, step) {
  const number = decimal(value);
  if (decimal(step) || !number?.digits) return digitsOf(step);
  return Math.max(2, 5 - exponentOf(number));
}

export function price(value, { tick = null, signed = false } = {}) {
  const text = fixed(value, { digits: digitsOn(value, tick), signed });
  const [before, after = ""] = text.split(".");
  const rest = after.replace(/^0+/, "");
  const zeros = after.length - rest.length;
  if (before.replace(/^[+\u2212]/, "") !== "0" || zeros < TINY_ZEROS || !rest)
    return text;
  const subscript = [...String(zeros)].map((d) =>
    String.fromCharCode(0x2080 + Number(d)),
  );
  return `${before}.0${subscript.join("")}${rest}`;
}

export function quantity(value, { lot = null, unit = "" } = {}) {
  return withUnit(fixed(value, { digits: digitsOn(value, lot) }), unit);
}

export function money(value, { unit = "", signed = false } = {}) {
  return fixed(value, { digits: QUOTE_DIGITS[unit] ?? 2, signed });
}

export function withUnit(text, unit) {
  return unit && text !== MISSING ? `${text}${NBSP}${unit}` : text;
}

export function percentBare(value, { digits = null, signed = false } = {}) {
  const number = decimal(value);
  if (!number) return MISSING;
  const share = shifted(number, 2);
  return write(share, digits ?? (sizeAgainst(share, 1) >= 0 ? 1 : 2), signed);
}

export function percent(value, options) {
  return withUnit(percentBare(value, options), "%");
}

export function change(value, { digits = null } = {}) {
  return percent(value, { digits, signed: true });
}

export function drawdown(value, { digits = null } = {}) {
  const number = decimal(value);
  if (!number) return MISSING;
  const share = { ...shifted(number, 2), isNegative: true };
  return withUnit(
    write(share, digits ?? (sizeAgainst(share, 1) >= 0 ? 1 : 2), false),
    "%",
  );
}

export function points(value) {
  return withUnit(percentBare(value, { digits: 1, signed: true }), "pp");
}

export function bps(value, { digits = 2 } = {}) {
  const number = decimal(value);
  return withUnit(write(number && shifted(number, 4), digits, false), "bps");
}

export function ratio(value) {
  return fixed(value, { digits: 2 });
}

export function count(value) {
  return fixed(value, { digits: 0 });
}

export function short(value, { language = "en", signed = false } = {}) {
  const number = decimal(value);
  if (!number || sizeAgainst(number, SHORT_FROM) < 0) return write(number, 0, signed);
  const units = SHORT_UNITS[family(language)];
  const [power, unit] = units.find(([p]) => sizeAgainst(number, 10n ** BigInt(p)) >= 0);
  const places =
    (number.digits / 10n ** BigInt(number.scale)).toString().length - power;
  const digits = Math.max(0, 4 - places);
  return write(shifted(number, -power), digits, signed) + unit;
}

export function duration(value, { language = "en" } = {}) {
  if (decimal(value) === null) return MISSING;
  const ms = Math.trunc(Number(value));
  const names = DURATION_UNITS[family(language)];
  if (ms >= 1000 && ms < 10_000) {
    return `${write(shifted(decimal(ms), -3), 1, false)}${NBSP}${names[3]}`;
  }
  const found = DURATIONS_MS.findIndex((size) => ms >= size);
  const place = found < 0 ? 4 : found;
  const first = Math.floor(ms / DURATIONS_MS[place]);
  let text = `${count(first)}${NBSP}${names[place]}`;
  const hasSecond = place < 3 && first < EXACT_BELOW;
  const rest = ms % DURATIONS_MS[place];
  const second = hasSecond ? Math.floor(rest / DURATIONS_MS[place + 1]) : 0;
  if (second) text += `${NBSP}${second}${NBSP}${names[place + 1]}`;
  return text;
}

const two = (value) => String(value).padStart(2, "0");

export function date(ms, { language = "en", today = null } = {}) {
  const at = new Date(ms);
  const year = at.getUTCFullYear();
  const isThisYear = today !== null && new Date(today).getUTCFullYear() === year;
  if (family(language) === "zh") {
    const day = `${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())}`;
    return isThisYear ? day : `${year}-${day}`;
  }
  const day = `${at.getUTCDate()}${NBSP}${MONTHS[at.getUTCMonth()]}`;
  return isThisYear ? day : `${day}${NBSP}${year}`;
}

export function time(ms, { precision = "s" } = {}) {
  const text = new Date(ms).toISOString();
  return text.slice(11, { min: 16, s: 19, ms: 23 }[precision]);
}

export function moment(ms, { language = "en", today = null, precision = "min" } = {}) {
  if (ms === null || ms === undefined) return MISSING;
  return `${date(ms, { language, today })} ${time(ms, { precision })}`;
}

export function shortId(value) {
  return value.length <= 7 ? value : `${value.slice(0, 4)}…${value.slice(-2)}`;
}

// Exact decimal digits, as Python's Decimal rounds them: halves to even, no floats.

// { isNegative, digits: BigInt, scale } with value = digits / 10 ** scale; null if none.
export function decimal(value) {
  if (value === null || value === undefined || value === "") return null;
  const match = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(String(value));
  if (!match || !(match[2] + match[3])) return null;
  const [, sign, whole, part, exponent] = match;
  const scale = part.length - Number(exponent ?? 0);
  const digits = BigInt(whole + part) * 10n ** BigInt(Math.max(0, -scale));
  return { isNegative: sign === "-", digits, scale: Math.max(0, scale) };
}

// Times 10 ** places.
export function shifted(number, places) {
  const scale = number.scale - places;
  if (scale >= 0) return { ...number, scale };
  return { ...number, digits: number.digits * 10n ** BigInt(-scale), scale: 0 };
}

// Whole steps of 10 ** -places.
export function rounded(number, places) {
  const drop = number.scale - places;
  if (drop <= 0) return number.digits * 10n ** BigInt(-drop);
  const unit = 10n ** BigInt(drop);
  const down = number.digits / unit;
  const twice = (number.digits % unit) * 2n;
  const isUp = twice > unit || (twice === unit && down % 2n === 1n);
  return isUp ? down + 1n : down;
}

// -1, 0 or 1: how the size of `number` compares with a whole number.
export function sizeAgainst(number, whole) {
  const other = BigInt(whole) * 10n ** BigInt(number.scale);
  return number.digits > other ? 1 : number.digits < other ? -1 : 0;
}

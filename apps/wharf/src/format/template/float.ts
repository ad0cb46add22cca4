import type { Directive } from './directive.js';

/** A float by Go's `%g`, `%e`, `%f` rules, without padding. `%v` is `%g`, shortest. */
export function formatFloat(value: number, to: Directive): string {
  if (!Number.isFinite(value)) return special(value, to);
  const negative = value < 0 || Object.is(value, -0);
  const text = body(Math.abs(value), to);
  const sign = negative
    ? '-'
    : to.flags.includes('+') && to.verb !== 'v'
      ? '+'
      : to.flags.includes(' ')
        ? ' '
        : '';
  return sign + (to.verb === 'E' || to.verb === 'G' ? text.toUpperCase() : text);
}

function special(value: number, to: Directive): string {
  if (Number.isNaN(value)) return to.flags.includes('+') ? '+NaN' : 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

function body(size: number, to: Directive): string {
  const precision = to.precision === undefined ? undefined : Math.min(to.precision, 100);
  switch (to.verb) {
    case 'e':
    case 'E':
      return exponent(size.toExponential(precision ?? 6));
    case 'f':
    case 'F':
      return fixed(size, precision ?? 6);
    default:
      return general(size, precision);
  }
}

function general(size: number, precision: number | undefined): string {
  const digits =
    precision === undefined ? size.toExponential() : size.toExponential(Math.max(precision, 1) - 1);
  const power = Number(digits.slice(digits.indexOf('e') + 1));
  const mantissa = digits.slice(0, digits.indexOf('e'));
  const short = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
  const significant = short.replace('.', '').length;
  if (power < -4 || power >= threshold(significant, power, precision)) {
    return exponent(`${short}e${power < 0 ? '-' : '+'}${Math.abs(power)}`);
  }
  return fixed(Number(digits), Math.min(Math.max(0, significant - 1 - power), 100));
}

/** The power of ten from which `%g` turns to `%e`: 6 when shortest (strconv). */
function threshold(significant: number, power: number, precision: number | undefined): number {
  if (precision === undefined) return 6;
  const limit = Math.max(precision, 1);
  return limit > significant && significant >= power + 1 ? significant : limit;
}

function exponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

function fixed(size: number, decimals: number): string {
  if (size < 1e21) return evenFixed(size, decimals);
  return BigInt(size).toString() + (decimals > 0 ? `.${'0'.repeat(decimals)}` : '');
}

/** `toFixed` rounds an exact tie up; Go rounds it to the even digit. */
function evenFixed(size: number, decimals: number): string {
  const rounded = size.toFixed(decimals);
  if (decimals > 60) return rounded;
  const exact = size.toFixed(decimals + 40);
  const tail = exact.slice(exact.length - 40);
  if (!/^50*$/.test(tail)) return rounded;
  const below = exact.slice(0, exact.length - 40).replace(/\.$/, '');
  return Number(below.slice(-1)) % 2 === 0 ? below : rounded;
}

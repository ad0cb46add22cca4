import type { Directive } from './directive.js';
import { goTime } from './time.js';
import { formatFloat } from './float.js';
import { quote, quoteRune } from './quote.js';
import { entriesOf, kindOf, numberOf, sortedEntries, typeName } from './value.js';

const plain: Directive = { verb: 'v', flags: '' };
const maxDepth = 100;

/** Go's `%v` of a value, at the top level of a template's output. */
export function display(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '<no value>' : formatValue(value, plain);
}

/** Go's fmt of one operand. A verb that does not fit the value gives `%!d(string=x)`, no error. */
export function formatValue(value: unknown, to: Directive, depth = 0): string {
  if (depth > maxDepth) return '...';
  if (to.verb === 'T')
    return pad(value === undefined || value === null ? '<nil>' : typeName(value), to);
  switch (kindOf(value)) {
    case 'none':
    case 'nil':
      return to.verb === 'v' ? pad('<nil>', to) : `%!${to.verb}(<nil>)`;
    case 'bool':
      return 'tv'.includes(to.verb) ? pad(String(value), to) : badVerb(value, to);
    case 'int':
      return formatInteger(BigInt(numberOf(value)), value, to);
    case 'float':
      return 'vgGeEfF'.includes(to.verb)
        ? padNumber(formatFloat(Number(numberOf(value)), to), to)
        : badVerb(value, to);
    case 'string':
      return formatString(value as string, to);
    case 'time':
      return formatString(goTime(value as Date), to);
    case 'func':
      return pad('0x0', to);
    default:
      return formatComposite(value, to, depth);
  }
}

function badVerb(value: unknown, to: Directive): string {
  return `%!${to.verb}(${typeName(value)}=${formatValue(value, plain)})`;
}

function formatComposite(value: unknown, to: Directive, depth: number): string {
  const inner = (element: unknown): string => formatValue(element, to, depth + 1);
  switch (kindOf(value)) {
    case 'bytes':
      if ('sqxX'.includes(to.verb)) return formatBytes(value as Uint8Array, to);
      return `[${[...(value as Uint8Array)].map(inner).join(' ')}]`;
    case 'slice':
      return `[${(value as unknown[]).map(inner).join(' ')}]`;
    case 'map':
      return `map[${sortedEntries(value)
        .map(([key, element]) => `${inner(key)}:${inner(element)}`)
        .join(' ')}]`;
    default:
      return `{${fieldsOf(value)
        .map(([key, field]) => (to.flags.includes('+') ? `${key}:${inner(field)}` : inner(field)))
        .join(' ')}}`;
  }
}

function fieldsOf(value: unknown): [string, unknown][] {
  return entriesOf(value).filter(([, field]) => typeof field !== 'function');
}

function formatString(text: string, to: Directive): string {
  switch (to.verb) {
    case 'v':
    case 's':
      if (to.verb === 'v' && to.flags.includes('#')) return pad(quote(text, ''), to);
      return pad(clip(text, to.precision), to);
    case 'q':
      return pad(quote(clip(text, to.precision), to.flags), to);
    case 'x':
    case 'X':
      return formatBytes(Buffer.from(text), to);
    default:
      return badVerb(text, to);
  }
}

function formatBytes(bytes: Uint8Array, to: Directive): string {
  if (to.verb === 's') return pad(clip(Buffer.from(bytes).toString(), to.precision), to);
  if (to.verb === 'q') return pad(quote(Buffer.from(bytes).toString(), to.flags), to);
  const cut = to.precision === undefined ? bytes : bytes.subarray(0, to.precision);
  const spaced = to.flags.includes(' ');
  const prefix = to.flags.includes('#') && cut.length > 0 ? '0x' : '';
  const pairs = [...cut].map((byte) => byte.toString(16).padStart(2, '0'));
  const hex = spaced ? pairs.map((pair) => prefix + pair).join(' ') : prefix + pairs.join('');
  return pad(to.verb === 'X' ? hex.toUpperCase() : hex, to);
}

function clip(text: string, precision: number | undefined): string {
  if (precision === undefined) return text;
  return [...text].slice(0, precision).join('');
}

const bases: Readonly<Record<string, number>> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };
const prefixes: Readonly<Record<string, string>> = { b: '0b', o: '0', O: '0o', x: '0x', X: '0X' };

function formatInteger(integer: bigint, value: unknown, to: Directive): string {
  const base = bases[to.verb];
  if (base === undefined) return formatRune(integer, value, to);
  const negative = integer < 0n;
  let digits = (negative ? -integer : integer).toString(base);
  if (to.verb === 'X') digits = digits.toUpperCase();
  if (to.precision !== undefined) {
    digits = to.precision === 0 && integer === 0n ? '' : digits.padStart(to.precision, '0');
  }
  const prefix = to.flags.includes('#') || to.verb === 'O' ? (prefixes[to.verb] ?? '') : '';
  const sign = negative ? '-' : positiveSign(to);
  return padNumber(sign + prefix + digits, to, to.precision !== undefined);
}

function positiveSign(to: Directive): string {
  if (to.flags.includes('+') && to.verb !== 'v') return '+';
  return to.flags.includes(' ') ? ' ' : '';
}

function formatRune(integer: bigint, value: unknown, to: Directive): string {
  const valid = integer >= 0n && integer <= 0x10ffffn && (integer < 0xd800n || integer > 0xdfffn);
  const rune = String.fromCodePoint(valid ? Number(integer) : 0xfffd);
  switch (to.verb) {
    case 'c':
      return pad(rune, to);
    case 'q':
      return pad(quoteRune(rune, to.flags), to);
    case 'U':
      return pad(
        `U+${integer.toString(16).toUpperCase().padStart(4, '0')}` +
          (to.flags.includes('#') ? ` '${rune}'` : ''),
        to,
      );
    default:
      return badVerb(value, to);
  }
}

/** Pads a number: zeros go between the sign and the digits. */
function padNumber(text: string, to: Directive, noZeros = false): string {
  const missing = (to.width ?? 0) - text.length;
  const zeros = to.flags.includes('0') && !to.flags.includes('-') && !noZeros;
  if (missing <= 0 || !zeros || /[nN]/.test(text.slice(-1)))
    return pad(text, { ...to, flags: to.flags.replaceAll('0', '') });
  const sign = /^[+\- ]/.test(text) ? text.slice(0, 1) : '';
  return sign + '0'.repeat(missing) + text.slice(sign.length);
}

function pad(text: string, to: Directive): string {
  const missing = (to.width ?? 0) - [...text].length;
  if (missing <= 0) return text;
  if (to.flags.includes('-')) return text + ' '.repeat(missing);
  return (to.flags.includes('0') ? '0' : ' ').repeat(missing) + text;
}

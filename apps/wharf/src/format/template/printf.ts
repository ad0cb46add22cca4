import type { Directive } from './directive.js';
import { formatValue } from './verbs.js';
import { kindOf, numberOf, typeName } from './value.js';

/** Go refuses a width or precision beyond this; so do we (one number must not fill the memory). */
const maxWidth = 1_000_000;

interface Cursor {
  at: number;
  arg: number;
  reordered: boolean;
}

/** Go's `fmt.Sprintf`. Wrong directives show in the output (`%!d(string=x)`, `%!s(MISSING)`). */
export function sprintf(format: string, args: readonly unknown[]): string {
  const cursor: Cursor = { at: 0, arg: 0, reordered: false };
  let out = '';
  while (cursor.at < format.length) {
    const percent = format.indexOf('%', cursor.at);
    if (percent < 0) break;
    out += format.slice(cursor.at, percent);
    cursor.at = percent + 1;
    out += directive(format, args, cursor);
  }
  return out + format.slice(cursor.at) + extras(args, cursor);
}

function extras(args: readonly unknown[], cursor: Cursor): string {
  if (cursor.reordered || cursor.arg >= args.length) return '';
  const shown = args.slice(cursor.arg).map((arg) => {
    if (arg === undefined || arg === null) return '<nil>';
    return `${typeName(arg)}=${formatValue(arg, { verb: 'v', flags: '' })}`;
  });
  return `%!(EXTRA ${shown.join(', ')})`;
}

function directive(format: string, args: readonly unknown[], cursor: Cursor): string {
  let flags = takeWhile(format, cursor, '+-# 0');
  if (!index(format, args, cursor)) return badIndex(format, cursor);
  const width = size(format, args, cursor);
  if (width !== undefined && width < 0) flags += '-';
  let precision: number | undefined;
  if (format[cursor.at] === '.') {
    cursor.at++;
    if (!index(format, args, cursor)) return badIndex(format, cursor);
    precision = size(format, args, cursor) ?? 0;
  }
  if (!index(format, args, cursor)) return badIndex(format, cursor);
  const code = format.codePointAt(cursor.at);
  if (code === undefined) return '%!(NOVERB)';
  const verb = String.fromCodePoint(code);
  cursor.at += verb.length;
  if (verb === '%') return '%';
  if (cursor.arg >= args.length) return `%!${verb}(MISSING)`;
  const at = { verb, flags, width: limited(width), precision: limited(precision) };
  return notes(width, precision) + one(args[cursor.arg++], at);
}

function one(arg: unknown, at: Directive): string {
  if (at.verb === 'w') return `%!w(${typeName(arg)}=${formatValue(arg, { verb: 'v', flags: '' })})`;
  return formatValue(arg, at);
}

function limited(value: number | undefined): number | undefined {
  if (value === undefined || Number.isNaN(value)) return undefined;
  return Math.abs(value) > maxWidth ? undefined : Math.abs(value);
}

function notes(width: number | undefined, precision: number | undefined): string {
  const bad = (value: number | undefined): boolean =>
    value !== undefined && (Number.isNaN(value) || Math.abs(value) > maxWidth);
  return (bad(width) ? '%!(BADWIDTH)' : '') + (bad(precision) ? '%!(BADPREC)' : '');
}

function takeWhile(format: string, cursor: Cursor, set: string): string {
  const start = cursor.at;
  while (cursor.at < format.length && set.includes(format[cursor.at] ?? ' ')) cursor.at++;
  return format.slice(start, cursor.at);
}

/** A width or precision: digits, or `*` for an operand. NaN when the operand is no integer. */
function size(format: string, args: readonly unknown[], cursor: Cursor): number | undefined {
  if (format[cursor.at] === '*') {
    cursor.at++;
    const arg = args[cursor.arg++];
    return kindOf(arg) === 'int' ? Number(numberOf(arg)) : Number.NaN;
  }
  const digits = takeWhile(format, cursor, '0123456789');
  return digits === '' ? undefined : Number(digits);
}

/** Takes an argument index `[n]`; false when it is out of range or malformed. */
function index(format: string, args: readonly unknown[], cursor: Cursor): boolean {
  if (format[cursor.at] !== '[') return true;
  cursor.at++;
  const digits = takeWhile(format, cursor, '0123456789');
  const closed = format[cursor.at] === ']';
  const end = format.indexOf(']', cursor.at);
  cursor.reordered = true;
  cursor.at = end < 0 ? cursor.at : end + 1;
  const wanted = Number(digits);
  if (!closed || digits === '' || wanted < 1 || wanted > args.length) return false;
  cursor.arg = wanted - 1;
  return true;
}

function badIndex(format: string, cursor: Cursor): string {
  const verb = format[cursor.at] ?? '';
  cursor.at += verb.length;
  return verb === '' ? '%!(NOVERB)' : `%!${verb}(BADINDEX)`;
}

/** Go's `fmt.Sprint`: a space between two operands when neither is a string. */
export function sprint(args: readonly unknown[]): string {
  return args
    .map((arg, at) => {
      const spaced = at > 0 && typeof arg !== 'string' && typeof args[at - 1] !== 'string';
      return (spaced ? ' ' : '') + formatValue(arg, { verb: 'v', flags: '' });
    })
    .join('');
}

/** Go's `fmt.Sprintln`. */
export function sprintln(args: readonly unknown[]): string {
  return `${args.map((arg) => formatValue(arg, { verb: 'v', flags: '' })).join(' ')}\n`;
}

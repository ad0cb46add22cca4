import type { NumberNode, Operand } from './ast.js';
import type { Token } from './lex.js';
import { Float } from './value.js';

const simpleEscapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

const hexLengths: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** The value of a Go quoted string or character constant; undefined when an escape is not Go's. */
export function unquote(quoted: string): string | undefined {
  const inner = quoted.slice(1, -1);
  if (quoted.startsWith('`')) return inner.replaceAll('\r', '');
  const bytes: (string | number)[] = [];
  for (let at = 0; at < inner.length;) {
    const step = inner[at] === '\\' ? escapeAt(inner, at + 1) : plainAt(inner, at);
    if (step === undefined) return undefined;
    bytes.push(step.value);
    at = step.next;
  }
  return joinBytes(bytes);
}

interface Step {
  /** A number is a raw byte (\xNN, \NNN), which is joined with its neighbours as UTF-8. */
  readonly value: string | number;
  readonly next: number;
}

function plainAt(text: string, at: number): Step {
  const value = String.fromCodePoint(text.codePointAt(at) ?? 0);
  return { value, next: at + value.length };
}

function escapeAt(text: string, at: number): Step | undefined {
  const letter = text[at] ?? '';
  const simple = simpleEscapes[letter];
  if (simple !== undefined) return { value: simple, next: at + 1 };
  const length = hexLengths[letter];
  if (length === undefined) return octalAt(text, at);
  const digits = text.slice(at + 1, at + 1 + length);
  if (digits.length < length || !/^[0-9a-fA-F]+$/.test(digits)) return undefined;
  const code = Number.parseInt(digits, 16);
  if (letter === 'x') return { value: code, next: at + 3 };
  if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return undefined;
  return { value: String.fromCodePoint(code), next: at + 1 + length };
}

function octalAt(text: string, at: number): Step | undefined {
  const digits = text.slice(at, at + 3);
  if (!/^[0-3][0-7][0-7]$/.test(digits)) return undefined;
  return { value: Number.parseInt(digits, 8), next: at + 3 };
}

function joinBytes(parts: readonly (string | number)[]): string {
  if (!parts.some((part) => typeof part === 'number')) return parts.join('');
  const chunks = parts.map((part) =>
    typeof part === 'number' ? Buffer.of(part) : Buffer.from(part),
  );
  return Buffer.concat(chunks).toString('utf8');
}

/** The number of a `number` or `character` token; undefined when it is none of Go's forms. */
export function numberNode(token: Token): NumberNode | undefined {
  const found = token.type === 'character' ? runeValue(token.text) : numberValue(token.text);
  if (found === undefined) return undefined;
  return { kind: 'number', text: token.text, position: token.position, ...found };
}

type NumberValue = Pick<NumberNode, 'value' | 'float'>;

function runeValue(text: string): NumberValue | undefined {
  const runes = [...(unquote(text) ?? '')];
  const rune = runes[0];
  if (rune === undefined || runes.length !== 1) return undefined;
  return { value: rune.codePointAt(0) ?? 0, float: false };
}

function numberValue(text: string): NumberValue | undefined {
  if (/_/.test(text) && !/^[+-]?(0[xXoObB]_?)?[0-9a-fA-F]+(_[0-9a-fA-F]+)*$/.test(text)) {
    return undefined;
  }
  const parts = /^([+-]?)(.*)$/.exec(text.replaceAll('_', ''));
  const negative = parts?.[1] === '-';
  const body = parts?.[2] ?? '';
  if (/^(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|[1-9][0-9]*|0)$/.test(body)) {
    return integerValue(BigInt(body), negative);
  }
  if (/^0[0-7]+$/.test(body)) return integerValue(BigInt(`0o${body.slice(1)}`), negative);
  if (/^0[0-9]+$/.test(body)) return undefined;
  if (/^([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/.test(body)) {
    const value = Number(body);
    if (!Number.isFinite(value)) return undefined;
    return { value: negative ? -value : value, float: true };
  }
  return undefined;
}

function integerValue(size: bigint, negative: boolean): NumberValue | undefined {
  const value = negative ? -size : size;
  if (value > 0x7fffffffffffffffn || value < -0x8000000000000000n) return undefined;
  const small = Number(value);
  return { value: Number.isSafeInteger(small) ? small : value, float: false };
}

/** The value of a literal operand. */
export function literal(node: Operand): unknown {
  switch (node.kind) {
    case 'bool':
    case 'string':
      return node.value;
    case 'number':
      return node.float ? new Float(Number(node.value)) : node.value;
    default:
      return undefined;
  }
}

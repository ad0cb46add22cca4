import { InvalidArgumentError } from '@wharf/core';

/**
 * The fields of one line of comma separated values (RFC 4180): `a,"b,c","d""e"`.
 * @throws InvalidArgumentError for a stray or an open quote
 */
export function parseCsvLine(line: string): string[] {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    const { field, end } = line[at] === '"' ? quoted(line, at) : bare(line, at);
    fields.push(field);
    if (end >= line.length) return fields;
    at = end + 1;
  }
}

function bare(line: string, start: number): { field: string; end: number } {
  const comma = line.indexOf(',', start);
  const end = comma < 0 ? line.length : comma;
  const field = line.slice(start, end);
  if (field.includes('"')) throw new InvalidArgumentError('bare " in non-quoted field');
  return { field, end };
}

function quoted(line: string, start: number): { field: string; end: number } {
  let field = '';
  for (let at = start + 1; at < line.length; at++) {
    if (line[at] !== '"') field += line[at];
    else if (line[at + 1] === '"') field += line[++at];
    else if (at + 1 === line.length || line[at + 1] === ',') return { field, end: at + 1 };
    else break;
  }
  throw new InvalidArgumentError('extraneous or missing " in quoted-field');
}

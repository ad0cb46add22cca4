import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Source, type Position, type Range } from './source/source.js';

const root = join(import.meta.dirname, '..', 'corpus');

/** One folder of a corpus. */
export interface Case {
  readonly dockerfile: string;
  /** `options.json`, when it is there. */
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * Runs every folder of `corpus/<family>` and compares with its expected.json, or writes that when UPDATE_CORPUS=1 is set.
 */
export function testCorpus(family: string, run: (folder: Case) => unknown): void {
  for (const name of readdirSync(join(root, family)).sort()) {
    const folder = join(root, family, name);
    test(`${family}: ${name}`, () => {
      const actual = `${JSON.stringify(run(readCase(folder)), compact, 2)}\n`;
      const path = join(folder, 'expected.json');
      if (process.env['UPDATE_CORPUS'] === '1') writeFileSync(path, actual);
      expect(actual).toBe(readFileSync(path, 'utf8'));
    });
  }
}

function readCase(folder: string): Case {
  const options = join(folder, 'options.json');
  return {
    dockerfile: readFileSync(join(folder, 'Dockerfile'), 'utf8'),
    options: existsSync(options)
      ? (JSON.parse(readFileSync(options, 'utf8')) as Case['options'])
      : {},
  };
}

/** Words become `text | line:column-line:column`, ranges alone the second half, big numbers text, maps and sets lists. */
function compact(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Map || value instanceof Set) return [...(value as Iterable<unknown>)];
  if (value instanceof Source) return value.name;
  if (isRange(value)) return showRange(value);
  if (isWord(value)) return `${value.text} | ${showRange(value.range)}`;
  return value;
}

function showRange({ start, end }: Range): string {
  const show = ({ line, column }: Position): string => `${line}:${column}`;
  return `${show(start)}-${show(end)}`;
}

function isRange(value: unknown): value is Range {
  return isObject(value) && Object.keys(value).join() === 'start,end';
}

function isWord(value: unknown): value is { text: string; range: Range } {
  return isObject(value) && Object.keys(value).join() === 'text,range';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

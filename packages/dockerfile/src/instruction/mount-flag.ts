import { DockerfileError } from '../error.js';
import type { Range } from '../source/source.js';
import type { Text, Word } from '../source/text.js';
import { wordOf } from './base.js';
import { readMount } from './read-mount.js';
import { splitCommas } from './words.js';

/** One `key=value` or `key` of a mount, not yet expanded. */
export interface MountField {
  /** In lower case. */
  readonly key: string;
  readonly value?: Word;
  readonly range: Range;
}

/** `--mount=…` as written; `readMount` makes the mount of it once the variables are known. */
export interface MountFlag {
  readonly fields: readonly MountField[];
  readonly range: Range;
  readonly source: Text['source'];
}

/** @throws DockerfileError; a flag without variables is checked here already */
export function readMountFlag(value: Text): MountFlag {
  const parts = splitCommas(value);
  if (parts === undefined) {
    throw new DockerfileError(
      'a quote in --mount must go around a whole field: "key=value"',
      value,
    );
  }
  const flag = Object.freeze({
    fields: Object.freeze(parts.map(readField)),
    range: value.range,
    source: value.source,
  });
  if (!value.text.includes('$')) readMount(flag, ({ text }) => text);
  return flag;
}

function readField(part: Text): MountField {
  const equals = part.text.indexOf('=');
  if (equals < 0) return Object.freeze({ key: part.text.toLowerCase(), range: part.range });
  return Object.freeze({
    key: part.text.slice(0, equals).toLowerCase(),
    value: wordOf(part.slice(equals + 1)),
    range: part.range,
  });
}

import { InvalidArgumentError } from '@wharf/core';
import type { TreeEntry } from '@wharf/core';
import type { TreeFacts } from '@wharf/engine/ports';
import type { Contents } from './contents.js';
import type { TreeCalls } from './protocol.js';

/** A tree of files at the root. @throws InvalidArgumentError for a name that is none, or is there twice */
export function importFiles(
  contents: Contents,
  files: TreeCalls['importFiles']['asks'],
): TreeFacts {
  const entries = new Map<string, TreeEntry>();
  let bytes = 0;
  for (const { name: text, mode, content } of files) {
    const name = nameOf(text);
    if (entries.has(name)) throw new InvalidArgumentError(`there are two files named ${text}`);
    const digest = contents.put(content);
    const size = content.byteLength;
    entries.set(name, { kind: 'file', name, mode: mode & 0o7777, digest, size });
    bytes += size;
  }
  const sorted = [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const digest = contents.putDirectory({ entries: sorted }, '/');
  return { digest, files: sorted.length, bytes };
}

function nameOf(text: string): string {
  const name = Buffer.from(text).toString('latin1');
  const isName = name !== '' && name !== '.' && name !== '..' && name.length <= 255;
  if (isName && !/[/\0]/.test(name)) return name;
  throw new InvalidArgumentError(`${JSON.stringify(text.slice(0, 300))} is not a name of a file`);
}

import type { ContentEntry, ContentFacts } from '@wharf/engine/ports';
import { createHash, hash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { readSync } from 'node:fs';
import type { Native } from '../../native/types.js';
import type { LayerPath } from '../unpack/apply/names.js';
import type { DigestJob } from './protocol.js';
import { Excludes } from './select/excludes.js';
import { entriesOf } from './select/select.js';
import type { Match } from './select/select.js';
import { selectAll } from './select/selection.js';
import { openSources } from './source/sources.js';
import type { Source, SourceEntry } from './source/source.js';

/** Entries of one directory that are told one by one. */
const mostEntries = 20_000;
const bufferBytes = 1 << 20;

/** What `copy` would take, on a thread with mounts of its own. */
export function digest(native: Native, { request, treesRoot }: DigestJob): ContentFacts {
  const sources = request.items.map(({ source }) => source);
  const sourceOf = openSources(native, treesRoot, sources);
  const excludes = new Excludes(request.exclude);
  const digester = new Digester(native, excludes);
  for (const { source, matches } of selectAll(request.items, sourceOf))
    for (const match of matches) digester.match(source, match);
  return digester.finish();
}

class Digester {
  readonly #native: Native;
  readonly #excludes: Excludes;
  readonly #all = createHash('sha256');
  readonly #entries: ContentEntry[] = [];
  readonly #buffer = Buffer.allocUnsafe(bufferBytes);

  constructor(native: Native, excludes: Excludes) {
    this.#native = native;
    this.#excludes = excludes;
  }

  match(source: Source, match: Match): void {
    const { keep } = match;
    for (const { found, path } of keep?.parents ?? [])
      for (const entry of source.walk({ start: found.path, include: () => false }))
        this.#all.update(`parent ${path}\0${this.#digestOf(entry)}\n`, 'latin1');
    // The name that a file gets, and what is kept of a path.
    this.#all.update(
      `${match.found.isDirectory ? '' : match.base}\0${keep?.path ?? ''}\n`,
      'latin1',
    );
    const entries = new DirectoryEntries();
    for (const { entry, inside } of entriesOf(source, match, this.#excludes)) {
      if (inside === '' && entry.kind === 'directory' && keep === undefined) continue;
      const found = this.#digestOf(entry);
      this.#all.update(`${inside}\0${found}\n`, 'latin1');
      entries.add(inside, { path: `/${entry.path}`, digest: found });
    }
    for (const entry of entries.list(match.found.path)) this.#entries.push(entry);
  }

  finish(): ContentFacts {
    return {
      digest: `sha256:${this.#all.digest('hex')}`,
      entries: this.#entries.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)),
    };
  }

  #digestOf(entry: SourceEntry): string {
    const { kind, mode, uid, gid, major, minor, target } = entry;
    const head = `${kind} ${mode} ${uid} ${gid} ${major} ${minor} ${target}`;
    const content = kind === 'file' ? (entry.digest ?? this.#read(entry)) : '';
    const rest = kind === 'directory' ? attributesText(entry.attributes()) : '';
    return `sha256:${hash('sha256', Buffer.from(`${head}\0${content}\0${rest}`, 'latin1'))}`;
  }

  /** Of a stack's file, its attributes included. */
  #read(entry: SourceEntry): string {
    const fd = entry.open();
    try {
      const content = createHash('sha256');
      for (;;) {
        const got = readSync(fd, this.#buffer, 0, bufferBytes, null);
        if (got === 0) break;
        content.update(this.#buffer.subarray(0, got));
      }
      return content.digest('hex') + attributesText(entry.attributes(fd));
    } finally {
      this.#native.close(fd);
    }
  }
}

function attributesText(values: ReadonlyMap<string, Uint8Array>): string {
  if (values.size === 0) return '';
  const all = [...values].map(([name, value]) => [name, Buffer.from(value).toString('hex')]);
  return JSON.stringify(all.sort());
}

/** The entries of one directory; of too many, one for each that is directly in it. */
class DirectoryEntries {
  #all: ContentEntry[] | undefined = [];
  readonly #children = new Map<LayerPath, Hash>();

  add(inside: LayerPath, entry: ContentEntry): void {
    const child = inside.split('/', 1)[0] ?? '';
    let known = this.#children.get(child);
    if (known === undefined) this.#children.set(child, (known = createHash('sha256')));
    known.update(`${inside}\0${entry.digest}\n`, 'latin1');
    if (this.#all !== undefined && this.#all.length >= mostEntries) this.#all = undefined;
    this.#all?.push(entry);
  }

  list(start: LayerPath): readonly ContentEntry[] {
    if (this.#all !== undefined) return this.#all;
    return [...this.#children].map(([name, content]) => ({
      path: [start, name].reduce((path, part) => (part === '' ? path : `${path}/${part}`), ''),
      digest: `sha256:${content.digest('hex')}`,
    }));
  }
}

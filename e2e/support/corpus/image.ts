import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { clean, readTar } from './tar-reader.js';
import type { Entry } from './tar-reader.js';

/** An image as `save` gives it: its files when all layers are applied, its config and its history. */
export interface SavedImage {
  /** By path; hard links to the same file are entries with the same `inode`. */
  readonly files: ReadonlyMap<string, File>;
  readonly config: Readonly<Record<string, unknown>>;
  readonly history: number;
}

export interface File {
  readonly entry: Entry;
  readonly inode: object;
}

interface Manifest {
  readonly Config: string;
  /** Null where there are none. */
  readonly Layers: readonly string[] | null;
}

interface ImageConfig {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly history?: readonly unknown[];
}

/** Reads an archive of one image. */
export function savedImage(archive: Buffer): SavedImage {
  const members = new Map(readTar(archive).map((entry) => [entry.path, entry]));
  const blob = (path: string): Buffer => {
    const entry = members.get(path);
    // Docker writes a layer that others have too as a link to theirs.
    const target = entry?.type === '2' ? posix.join(posix.dirname(path), entry.link) : path;
    return members.get(target)?.body ?? Buffer.alloc(0);
  };
  const json = (path: string): unknown => JSON.parse(blob(path).toString());
  const [manifest] = json('manifest.json') as [Manifest];
  const { config = {}, history = [] } = json(manifest.Config) as ImageConfig;
  const files = new Map<string, File>();
  for (const layer of manifest.Layers ?? []) apply(files, readTar(unzipped(blob(layer))));
  return { files, config, history: history.length };
}

const unzipped = (blob: Buffer): Buffer =>
  blob[0] === 0x1f && blob[1] === 0x8b ? gunzipSync(blob) : blob;

/** As the image specification says of layers: first what is taken away, then what is there. */
function apply(files: Map<string, File>, layer: readonly Entry[]): void {
  for (const { path } of layer) {
    const name = posix.basename(path);
    const parent = posix.dirname(path) === '.' ? '' : posix.dirname(path);
    if (name === '.wh..wh..opq') removeBelow(files, parent);
    else if (name.startsWith('.wh.') && !name.startsWith('.wh..wh.')) {
      remove(files, clean(posix.join(parent, name.slice(4))));
    }
  }
  for (const entry of layer) {
    if (posix.basename(entry.path).startsWith('.wh.')) continue;
    if (entry.type !== '5') removeBelow(files, entry.path);
    const linked = entry.type === '1' ? files.get(clean(entry.link)) : undefined;
    files.set(entry.path, linked ?? { entry, inode: {} });
  }
}

function remove(files: Map<string, File>, path: string): void {
  files.delete(path);
  removeBelow(files, path);
}

function removeBelow(files: Map<string, File>, path: string): void {
  const start = path === '' ? '' : `${path}/`;
  for (const each of files.keys()) {
    if (each !== path && each.startsWith(start)) files.delete(each);
  }
}

/** One line for all that is seen of a file. */
export function fileLine(files: SavedImage['files'], path: string): string | undefined {
  const file = files.get(path);
  if (file === undefined) return undefined;
  const { entry } = file;
  const owner = `${entry.uid}:${entry.gid}`;
  const mode = entry.mode.toString(8).padStart(4, '0');
  const first = [...files].find(([, other]) => other.inode === file.inode)?.[0] ?? path;
  const extra = [...entry.xattrs]
    .map(([name, value]) => ` ${name}=${value}`)
    .sort()
    .join('');
  const same = first === path ? '' : ` same as /${first}`;
  return `${what(entry, mode)} ${owner}${extra}${same}`;
}

function what({ type, link, body }: Entry, mode: string): string {
  switch (type) {
    case '0':
    case '1':
      return `file ${mode} ${body.length} ${createHash('sha256').update(body).digest('hex').slice(0, 12)}`;
    case '2':
      return `link -> ${link}`;
    case '5':
      return `directory ${mode}`;
    default:
      return `type ${type} ${mode}`;
  }
}

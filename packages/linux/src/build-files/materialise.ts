import { basename, dirname } from 'node:path';
import type { Native } from '../../native/types.js';
import { join } from '../unpack/apply/directories.js';
import type { MaterialiseJob } from './protocol.js';
import { openClosed } from './place.js';
import { Excludes } from './select/excludes.js';
import { entriesOf, missing } from './select/select.js';
import { openSources } from './source/sources.js';
import { Writer } from './write/writer.js';

/** A part of a source as files of its own: nothing outside of `target` is written. */
export function materialise(native: Native, { request, treesRoot }: MaterialiseJob): void {
  const source = openSources(native, treesRoot, [request.source])(request.source);
  const name = Buffer.from(request.path).toString('latin1');
  const found = source.find(name, { follow: true });
  if (found === undefined) throw missing(request.path);
  const rootFd = openClosed(native, dirname(request.target), 0);
  const top = Buffer.from(basename(request.target)).toString('latin1');
  const writer = new Writer({ native, rootFd, owner: undefined, mode: undefined });
  for (const { entry, inside } of entriesOf(source, { found, base: top }, new Excludes([])))
    writer.put(entry, inside === '' ? top : join(top, inside));
  writer.end();
}

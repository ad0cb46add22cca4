import { ContainerServiceDefinition, fileChangeFromWire, pathStatFromWire } from '@wharf/api';
import type { ResponseOf } from '@wharf/api';
import { DataLossError } from '@wharf/core';
import type { CallOptions, Containers, CopiedPath, FileChange } from '@wharf/core';
import { uploaded, uploadFrames } from './bytes.js';
import { serverStream, unary } from './rpc.js';
import type { Transport } from './transport/transport.js';

const service = ContainerServiceDefinition;

type FileVerbs = 'commit' | 'changes' | 'exportFiles' | 'statPath' | 'copyOut' | 'copyIn';
type CopyFrame = ResponseOf<typeof service, 'copyFromContainer'>;

/** The files of remote containers. */
export function containerFiles(transport: Transport): Pick<Containers, FileVerbs> {
  return {
    commit: (container, options) => {
      const { name = '', author = '', message = '', changes = [], pause = true } = options;
      return unary(
        transport,
        [service, 'commitContainer'],
        { container, name, author, message, changes: [...changes], noPause: !pause },
        options,
        ({ imageId }) => ({ imageId }),
      );
    },
    async changes(container, options) {
      const found: FileChange[] = [];
      const batches = serverStream(
        transport,
        [service, 'listContainerChanges'],
        () => ({ container }),
        options,
        ({ changes }) => changes.map(fileChangeFromWire),
      );
      for await (const batch of batches) found.push(...batch);
      return found;
    },
    exportFiles: (container, options) =>
      serverStream(
        transport,
        [service, 'exportContainer'],
        () => ({ container }),
        options,
        ({ data }) => data,
      ),
    statPath: (container, path, options) =>
      unary(transport, [service, 'statContainerPath'], { container, path }, options, ({ stat }) =>
        pathStatFromWire(stat),
      ),
    copyOut: (container, path, { followLink = false, signal }) =>
      copyOut(transport, { container, path, followLink }, { signal }),
    async copyIn(container, path, archive, options) {
      const { noOverwriteDirNonDir = false, copyOwners = false, signal } = options;
      const open = { container, path, noOverwriteDirNonDir, copyOwners };
      const frames = uploadFrames(open, archive);
      await uploaded(transport, [service, 'copyToContainer'], frames, { signal });
    },
  };
}

async function copyOut(
  transport: Transport,
  request: { container: string; path: string; followLink: boolean },
  options: CallOptions,
): Promise<CopiedPath> {
  const frames = serverStream(
    transport,
    [service, 'copyFromContainer'],
    () => request,
    options,
    ({ frame }) => frame,
  );
  const first = await frames.next();
  if (first.done === true || first.value?.$case !== 'stat') {
    await frames.return();
    throw new DataLossError('the daemon did not say what lies at the path');
  }
  return { stat: pathStatFromWire(first.value.value), archive: dataOf(frames) };
}

async function* dataOf(frames: AsyncIterable<CopyFrame['frame']>): AsyncGenerator<Uint8Array> {
  for await (const frame of frames) if (frame?.$case === 'data') yield frame.value;
}

import { volumeEntryFromWire, volumePathsToWire, VolumeServiceDefinition } from '@wharf/api';
import type { RequestOf } from '@wharf/api';
import type { Volumes } from '@wharf/core';
import { inFrames, uploaded, uploadFrames } from './bytes.js';
import { serverStream, upload } from './rpc.js';
import type { Transport } from './transport/transport.js';

const service = VolumeServiceDefinition;

type FileVerbs = 'exportFiles' | 'importFiles' | 'entries' | 'exportEntries' | 'applyEntries';

/** The files of remote volumes. */
export function volumeFiles(transport: Transport): Pick<Volumes, FileVerbs> {
  return {
    exportFiles: (volume, options) =>
      serverStream(
        transport,
        [service, 'exportVolume'],
        () => ({ volume }),
        options,
        ({ data }) => data,
      ),
    async importFiles(volume, archive, { replace = false, signal }) {
      const frames = uploadFrames({ volume, replace }, archive);
      await uploaded(transport, [service, 'importVolume'], frames, { signal });
    },
    entries: (volume, options) =>
      serverStream(
        transport,
        [service, 'listVolumeEntries'],
        () => ({ volume }),
        options,
        (response) => response.entries.map(volumeEntryFromWire),
      ),
    exportEntries: (volume, paths, options) =>
      upload(
        transport,
        [service, 'exportVolumeEntries'],
        namedPaths(volume, paths),
        options,
        ({ data }) => data,
      ),
    async applyEntries(volume, removed, archive, options) {
      const frames = changedFiles(volume, removed, archive);
      await uploaded(transport, [service, 'applyVolumeEntries'], frames, options);
    },
  };
}

async function* namedPaths(
  volume: string,
  paths: readonly string[],
): AsyncGenerator<RequestOf<typeof service, 'exportVolumeEntries'>> {
  yield { frame: { $case: 'volume', value: volume } };
  for (const value of volumePathsToWire(paths)) {
    yield await Promise.resolve({ frame: { $case: 'paths', value } });
  }
}

async function* changedFiles(
  volume: string,
  removed: readonly string[],
  archive: AsyncIterable<Uint8Array>,
): AsyncGenerator<RequestOf<typeof service, 'applyVolumeEntries'>> {
  yield { frame: { $case: 'volume', value: volume } };
  for (const value of volumePathsToWire(removed)) yield { frame: { $case: 'removed', value } };
  for await (const value of inFrames(archive)) yield { frame: { $case: 'data', value } };
}

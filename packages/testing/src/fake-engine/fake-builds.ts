import type { BuildFrame, Builds } from '@wharf/core';
import * as samples from './build-samples.js';
import { createFakeSession } from './fake-session.js';

/** A builder that asks for two pieces of every tree, and answers with samples. */
export const fakeBuilds: Builds = {
  async syncTree(digest, source) {
    let receivedBytes = 0;
    let receivedPieces = 0;
    for await (const { data, last } of source.read([digest, 'sha256:2'])) {
      receivedBytes += data.byteLength;
      if (last) receivedPieces += 1;
    }
    return { receivedBytes, receivedPieces };
  },
  async importArchive(archive) {
    return { digest: 'sha256:1', files: 3, bytes: await drain(archive) };
  },
  build: frames,
  ask: (_spec, question) => Promise.resolve({ text: `${question}\n`, json: '{}', exitCode: 1 }),
  list: () => Promise.resolve([samples.sampleBuildRecord, samples.sampleBuildRecord]),
  get: () => Promise.resolve(samples.sampleBuildRecord),
  logs: frames,
  remove: () => Promise.resolve(),
  explain: () => Promise.resolve([samples.sampleExplanation]),
  cache: () => Promise.resolve([samples.sampleCacheRecord]),
  prune: () => Promise.resolve({ removed: ['a'], reclaimed: 2 ** 40 }),
  cacheMounts: () => Promise.resolve([samples.sampleCacheMount]),
  async *exportCacheMount() {
    yield await Promise.resolve(Buffer.from('tar'));
    yield Buffer.alloc(300_000, 7);
  },
  importCacheMount: async (_id, archive) => void (await drain(archive)),
  debug: () => Promise.resolve(createFakeSession({ exec: true, exitCode: 3 })),
};

async function* frames(): AsyncGenerator<BuildFrame> {
  for (const frame of samples.sampleBuildFrames) yield await Promise.resolve(frame);
}

async function drain(archive: AsyncIterable<Uint8Array>): Promise<number> {
  let total = 0;
  for await (const chunk of archive) total += chunk.byteLength;
  return total;
}

import {
  buildAnswerFromWire,
  buildFrameFromWire,
  buildQuestions,
  buildRecordFromWire,
  BuildServiceDefinition,
  buildSpecToWire,
  explanationFromWire,
  filtersToWire,
  importedFromWire,
} from '@wharf/api';
import type { Builds } from '@wharf/core';
import { build } from './build-call.js';
import { buildCache } from './build-cache.js';
import { inFrames, uploaded } from './bytes.js';
import { processSession } from './process-call.js';
import { begin, bidi, serverStream, unary } from './rpc.js';
import { syncTree } from './sync-tree.js';
import type { Transport } from './transport/transport.js';

const service = BuildServiceDefinition;

/** The builder of a remote daemon. */
export function remoteBuilds(transport: Transport): Builds {
  return { ...work(transport), ...records(transport), ...buildCache(transport) };
}

function work(
  transport: Transport,
): Pick<Builds, 'syncTree' | 'importArchive' | 'build' | 'ask' | 'debug'> {
  return {
    syncTree: (digest, source, options) => syncTree(transport, digest, source, options),
    async importArchive(archive, options) {
      const frames = dataFrames(archive);
      return importedFromWire(
        await uploaded(transport, [service, 'importArchive'], frames, options),
      );
    },
    build: (spec, options) => build(transport, spec, options),
    ask: async (spec, question, options) =>
      unary(
        transport,
        [service, 'ask'],
        { spec: buildSpecToWire(spec), question: buildQuestions.toWire(question) },
        options,
        buildAnswerFromWire,
      ),
    async debug(ref, { args, rows, columns }, options) {
      const call = await bidi(transport, [service, 'debug'] as const, options);
      const value = { build: ref, args: [...args], size: { rows, columns } };
      await begin(call, { frame: { $case: 'start', value } });
      return processSession(call, { detach: false });
    },
  };
}

function records(
  transport: Transport,
): Pick<Builds, 'list' | 'get' | 'logs' | 'remove' | 'explain'> {
  return {
    list: ({ filters, signal }) =>
      unary(
        transport,
        [service, 'listBuilds'],
        { filters: filtersToWire(filters) },
        { signal },
        ({ builds }) => builds.map(buildRecordFromWire),
      ),
    get: (ref, options) =>
      unary(transport, [service, 'getBuild'], { build: ref }, options, (response) =>
        buildRecordFromWire(response.build),
      ),
    logs: (ref, options) =>
      serverStream(
        transport,
        [service, 'buildLogs'],
        () => ({ build: ref }),
        options,
        ({ frame }) => buildFrameFromWire(frame),
      ),
    remove: (ref, options) =>
      unary(transport, [service, 'removeBuild'], { build: ref }, options, () => undefined),
    explain: (ref, step, options) =>
      unary(transport, [service, 'explainBuild'], { build: ref, step }, options, ({ steps }) =>
        steps.map(explanationFromWire),
      ),
  };
}

async function* dataFrames(
  archive: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ frame: { $case: 'data'; value: Buffer } }> {
  for await (const value of inFrames(archive)) yield { frame: { $case: 'data', value } };
}

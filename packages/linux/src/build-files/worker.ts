import { toWharfError, WharfError } from '@wharf/core';
import { parentPort } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { loadNative } from '../../native/load.js';
import type { Native } from '../../native/types.js';
import { closeDescriptors, recordDescriptors } from '../files/descriptors.js';
import { Mailbox } from '../files/mailbox.js';
import { openArchive } from './archive.js';
import type { ThroughTool } from './archive.js';
import { copy, makeDirectory } from './copy.js';
import { digest } from './digest.js';
import { materialise } from './materialise.js';
import { leaveHostMounts } from './place.js';
import type {
  BuildFilesJob,
  BuildFilesResult,
  BuildFilesStart,
  FromBuildFiles,
  ToBuildFiles,
} from './protocol.js';
import { isPlain } from './protocol.js';
import { sealLayer } from './seal/seal-layer.js';
import { search } from './search.js';

/** The entry of a thread that works with files of a build. */
async function run(port: MessagePort, start: BuildFilesStart): Promise<BuildFilesResult> {
  const bare = loadNative(start.native);
  const { descriptors, canDetach } = start;
  // To ask the kernel takes longer than most jobs.
  const known = { ...bare, canDetachOverlay: () => canDetach };
  const native = recordDescriptors(known, descriptors);
  const answers = new Mailbox<ToBuildFiles>();
  const listen = (message: ToBuildFiles) => answers.put(message);
  port.on('message', listen);
  try {
    if (!isPlain(start.job, canDetach)) leaveHostMounts(native);
    return await doJob(native, start.job, throughTool(port, answers));
  } finally {
    port.off('message', listen);
    // Here, so that what was mounted ends with this thread and not on the one that waits for it.
    closeDescriptors(bare, descriptors);
  }
}

async function doJob(
  native: Native,
  job: BuildFilesJob,
  tool: ThroughTool,
): Promise<BuildFilesResult> {
  switch (job.kind) {
    case 'copy':
      await copy(native, job, (fd) => openArchive(native, fd, tool));
      return undefined;
    case 'digest':
      return digest(native, job);
    case 'make-directory':
      makeDirectory(native, job.request);
      return undefined;
    case 'materialise':
      materialise(native, job);
      return undefined;
    case 'seal':
      return await sealLayer(native, job);
    case 'search':
      return search(native, job);
  }
}

/** Asks the daemon, whose root is the host's, for a tool: one piece after the other. */
function throughTool(port: MessagePort, answers: Mailbox<ToBuildFiles>): ThroughTool {
  return async function* (fd, tool) {
    send(port, { kind: 'decompress', fd, tool });
    try {
      for (;;) {
        send(port, { kind: 'next' });
        const answer = await answers.take();
        if (answer.kind === 'failed')
          throw new WharfError(answer.code, answer.message, { facts: answer.facts });
        if (answer.bytes === null) return;
        const { buffer, byteOffset, byteLength } = answer.bytes;
        yield Buffer.from(buffer, byteOffset, byteLength);
      }
    } finally {
      send(port, { kind: 'enough' });
    }
  };
}

function send(port: MessagePort, message: FromBuildFiles): void {
  port.postMessage(message);
}

if (parentPort !== null) {
  const port = parentPort;
  const next = () =>
    port.once('message', (start: BuildFilesStart) => {
      const rests = isPlain(start.job, start.canDetach);
      run(port, start)
        .then(
          (result) => send(port, { kind: 'done', result }),
          (thrown: unknown) => send(port, failed(thrown)),
        )
        .finally(rests ? next : () => undefined);
    });
  next();
}

function failed(thrown: unknown): FromBuildFiles {
  const { code, message, facts } = toWharfError(thrown);
  return { kind: 'failed', code, message, facts };
}

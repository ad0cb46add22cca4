import { statfsSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { CancelledError, toWharfError } from '@wharf/core';
import { loadNative } from '../../native/load.js';
import { Mailbox } from '../files/mailbox.js';
import { Contents } from './contents.js';
import { factsOf, KnownSums } from './facts.js';
import { importDirectory } from './import-directory.js';
import { importFiles } from './import-files.js';
import { openRoot } from './open-root.js';
import { Pace } from './pace.js';
import type {
  FromTrees,
  PieceBatch,
  ToTrees,
  TreeCalls,
  TreeVerb,
  TreesStart,
} from './protocol.js';
import { sweepPieces } from './sweep.js';
import { writePieces } from './write.js';

/** What stays free for others of what an import may fill: a twentieth, at most. */
const reserveBytes = 1 << 30;

interface Call {
  readonly pace: Pace;
  readonly pieces: Mailbox<PieceBatch | null>;
}

type Verbs = {
  readonly [V in TreeVerb]: (
    asks: TreeCalls[V]['asks'],
    call: Call & { readonly taken: (batch: PieceBatch) => void },
  ) => TreeCalls[V]['answers'] | Promise<TreeCalls[V]['answers']>;
};

/** The thread of a store: calls take turns in it, and what it does to the directory is done by it alone. */
function serve(port: MessagePort, start: TreesStart): void {
  const send = (message: FromTrees, transfer: ArrayBuffer[] = []) =>
    port.postMessage(message, transfer);
  send({ kind: 'opened', synced: openRoot(start.root, start.bootId) });
  const verbs = verbsOf(start);
  const calls = new Map<number, Call>();
  const run = async (id: number, verb: TreeVerb, asks: unknown): Promise<void> => {
    const call: Call = { pace: new Pace(), pieces: new Mailbox() };
    calls.set(id, call);
    try {
      const taken = ({ bytes: { buffer } }: PieceBatch) =>
        send({ kind: 'taken', id, memory: buffer }, [buffer]);
      const value: unknown = await verbs[verb](asks as never, { ...call, taken });
      send({ kind: 'answer', id, value });
    } catch (thrown) {
      const { code, message, facts } = toWharfError(thrown);
      send({ kind: 'failed', id, code, message, facts });
    } finally {
      calls.delete(id);
    }
  };
  port.on('message', (message: ToTrees) => {
    const call = calls.get(message.id);
    if (message.kind === 'call') void run(message.id, message.verb, message.asks);
    else if (message.kind === 'pieces') call?.pieces.put(message.batch);
    else {
      call?.pace.stop();
      call?.pieces.fail(new CancelledError());
    }
  });
}

function verbsOf({ native: file, root, maxImportBytes }: TreesStart): Verbs {
  const native = loadNative(file);
  const contents = new Contents(root);
  const known = new KnownSums();
  const freeBytes = (): number => {
    const { bavail, blocks, bsize } = statfsSync(root);
    return Math.max(0, bavail * bsize - Math.min(reserveBytes, (blocks * bsize) / 20));
  };
  return {
    async missing(digests, { pace }) {
      const missing: string[] = [];
      for (const digest of digests) {
        if (contents.find(digest) === undefined) missing.push(digest);
        await pace.breathe();
      }
      return missing;
    },
    write: (_, { pace, pieces, taken }) => writePieces(contents, batchesOf(pieces, taken), pace),
    read(digest) {
      try {
        return new Uint8Array(contents.read(digest));
      } catch (error) {
        // It may have been damaged, and is gone then.
        known.forget();
        throw error;
      }
    },
    importDirectory: (request, { pace }) =>
      importDirectory(request, { contents, native, maxBytes: maxImportBytes, freeBytes, pace }),
    importFiles: (files) => importFiles(contents, files),
    facts: (digest, { pace }) => factsOf(contents, digest, pace, known),
    async sweep(request, { pace }) {
      known.forget();
      return await sweepPieces(contents, root, request, pace).finally(() => known.forget());
    },
  };
}

/** Each is acknowledged when the next one is asked for. */
async function* batchesOf(
  pieces: Mailbox<PieceBatch | null>,
  taken: (batch: PieceBatch) => void,
): AsyncGenerator<PieceBatch> {
  for (;;) {
    const batch = await pieces.take();
    if (batch === null) return;
    yield batch;
    taken(batch);
  }
}

if (parentPort !== null) serve(parentPort, workerData as TreesStart);

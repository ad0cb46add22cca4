import { toWharfError } from '@wharf/core';
import type { VolumeEntry } from '@wharf/core';
import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { loadNative } from '../../native/load.js';
import { treeChunks } from '../pack/tree/pack-tree.js';
import type { PackTreeOptions } from '../pack/tree/pack-tree.js';
import { chosenPaths } from './chosen-paths.js';
import { describe, locate } from './describe.js';
import { recordDescriptors } from './descriptors.js';
import { entryDigests } from './entry-digests.js';
import { placeMounts } from './mounts.js';
import { windowBytes } from './protocol.js';
import type { FilesStart, FromFiles, ToFiles } from './protocol.js';
import { parseRequestPath } from './request-path.js';
import { unpackInto } from './unpack-into.js';
import { enterRoot } from './view.js';

/** CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, capabilities(7): all that reading needs. */
const readingNeeds = 2 ** 1 + 2 ** 2;

/** The entry of a thread that works on the files of one container, once. */
async function run(port: MessagePort, start: FilesStart): Promise<void> {
  const { view, job, bootId } = start;
  const native = recordDescriptors(loadNative(start.native), start.descriptors);
  const writing = job.kind === 'unpack';
  const inbox = new Inbox(port);
  const rootFd = enterRoot(native, view, { bootId, writing });
  const placed =
    job.kind === 'pack-root' || job.kind === 'entries'
      ? []
      : placeMounts(native, rootFd, view.mounts, { writing });
  if (job.kind === 'unpack') {
    const { readOnly } = view;
    await unpackInto(job, { native, rootFd, placed, readOnly, chunks: inbox.archive() });
    return;
  }
  native.keepCapabilities(readingNeeds);
  if (job.kind === 'entries') return sendEntries(port, inbox, entryDigests(native, rootFd));
  if (job.kind === 'pack-root') {
    const { top = false, paths } = job;
    await sendTree(port, inbox, {
      native,
      rootFd,
      ...(top ? { name: '.' } : {}),
      ...(paths === undefined ? {} : { include: chosenPaths(native, rootFd, paths) }),
    });
    return;
  }
  const request = parseRequestPath(job.path);
  const follow = job.kind === 'pack' && job.followLink;
  const found = locate(native, rootFd, request, { follow });
  send(port, { kind: 'stat', stat: describe(native, rootFd, request, found) });
  if (job.kind === 'stat') return;
  const { path } = found;
  const name = request.base === '.' ? '.' : Buffer.from(request.base, 'latin1');
  await sendTree(port, inbox, {
    native,
    rootFd,
    path: Buffer.from(path, 'latin1'),
    name,
    crossMounts: true,
  });
}

/** At most a window ahead of who reads. */
async function sendTree(port: MessagePort, inbox: Inbox, tree: PackTreeOptions): Promise<void> {
  for (const chunk of treeChunks(tree)) {
    const bytes = new Uint8Array(chunk);
    inbox.unread += bytes.byteLength;
    port.postMessage({ kind: 'chunk', bytes } satisfies FromFiles, [bytes.buffer]);
    while (inbox.unread >= windowBytes) await inbox.next();
  }
}

async function sendEntries(
  port: MessagePort,
  inbox: Inbox,
  batches: Iterable<readonly VolumeEntry[]>,
): Promise<void> {
  for (const entries of batches) {
    const bytes = entries.reduce((sum, { path, digest }) => sum + path.length + digest.length, 0);
    inbox.unread += bytes;
    send(port, { kind: 'entries', entries, bytes });
    while (inbox.unread >= windowBytes) await inbox.next();
  }
}

/** What the daemon sends: pieces of an archive, or how much of ours was read. */
class Inbox {
  /** Bytes that were sent and not read yet. */
  unread = 0;
  readonly #port: MessagePort;
  readonly #pieces: (Uint8Array | null)[] = [];
  #wake = () => {};

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (message: ToFiles) => {
      if (typeof message === 'number') this.unread -= message;
      else this.#pieces.push(message);
      this.#wake();
    });
  }

  /** Resolves with the next message. */
  next(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  /** Each piece is acknowledged when the next one is asked for. */
  async *archive(): AsyncGenerator<Buffer> {
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece === null) return;
      if (piece === undefined) {
        await this.next();
        continue;
      }
      yield Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
      send(this.#port, { kind: 'taken', bytes: piece.byteLength });
    }
  }
}

function send(port: MessagePort, message: FromFiles): void {
  port.postMessage(message);
}

function failed(thrown: unknown): FromFiles {
  const { code, message, facts } = toWharfError(thrown);
  return { kind: 'failed', code, message, facts };
}

if (parentPort !== null) {
  const port = parentPort;
  run(port, workerData as FilesStart).then(
    () => send(port, { kind: 'done' }),
    (thrown: unknown) => send(port, failed(thrown)),
  );
}

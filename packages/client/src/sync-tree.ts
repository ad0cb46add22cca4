import { BuildServiceDefinition, syncedFromWire } from '@wharf/api';
import { DataLossError } from '@wharf/core';
import type { CallOptions, SyncedTree, TreeSource } from '@wharf/core';
import { createPieceFrames } from './piece-frames.js';
import { answered, begin, bidi } from './rpc.js';
import type { Transport } from './transport/transport.js';

/** Answers what a remote daemon asks for until it has the tree. What fails in the source fails the call. */
export async function syncTree(
  transport: Transport,
  digest: string,
  source: TreeSource,
  options: CallOptions,
): Promise<SyncedTree> {
  const call = await bidi(transport, [BuildServiceDefinition, 'syncTree'] as const, options);
  const framesOf = createPieceFrames();
  let broken: { readonly error: unknown } | undefined;
  let sending = Promise.resolve();
  let over = false;

  const sent = (request: Parameters<typeof call.send>[0]): Promise<boolean> =>
    call.send(request).then(
      () => true,
      () => false, // the call has ended, and next() says why
    );

  const answer = (wants: readonly string[]): void => {
    sending = sending.then(async () => {
      if (over) return;
      for await (const frame of framesOf(wants, source.read(wants))) {
        if (!(await sent({ frame }))) return;
      }
    });
    sending.catch((error: unknown) => {
      if (over) return;
      broken ??= { error };
      call.leave();
    });
  };

  try {
    await begin(call, { frame: { $case: 'root', value: digest } });
    for (let next = await call.next(); next !== undefined; next = await call.next()) {
      const { frame } = next;
      if (frame?.$case === 'wants') answer(frame.value.digests);
      if (frame?.$case === 'synced') return answered(() => syncedFromWire(frame.value));
    }
    throw broken === undefined ? new DataLossError('the daemon answered nothing') : broken.error;
  } finally {
    over = true;
    call.leave();
  }
}

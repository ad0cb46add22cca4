import type { PushFrame } from '@wharf/core';
import { canonicalName, familiar, type Reference } from '@wharf/oci';
import { framesOf } from '../../../concurrency/frame-queue.js';
import type { Semaphore } from '../../../concurrency/semaphore.js';
import { pushBlobs } from '../../../images/push/blobs.js';
import { pushDocuments } from '../../../images/push/documents.js';
import type { Selection } from '../../../images/select.js';
import type { ExportContext } from '../../outputs.js';
import type { OutputDependencies } from '../dependencies.js';

/** Uploads an image under each of its names, as it is; one that is kept here is known to be there under its digest too. */
export async function pushMade(
  deps: OutputDependencies,
  places: Semaphore,
  { selection, names }: { readonly selection: Selection; readonly names: readonly Reference[] },
  context: ExportContext,
): Promise<void> {
  for (const name of names) {
    const auth = context.spec.credentials.get(name.domain);
    const frames = framesOf<PushFrame>(async (queue, { signal }) => {
      const call = { signal, ...(auth === undefined ? {} : { auth }) };
      await pushBlobs(deps, places, { repository: name, jobs: [{ selection }], queue }, call);
      await pushDocuments(deps, { name, selection }, call);
    }, context);
    for await (const frame of frames) tell(name, frame, context);
    recordRepository(deps, name, selection);
  }
}

function tell(name: Reference, frame: PushFrame, { report }: ExportContext): void {
  if (frame.kind !== 'progress') return;
  const { id, phase, current, total } = frame.progress;
  if (phase === 'pushing') report.progress(`pushing ${id}`, current, total, 'bytes');
  else if (phase === 'pushed' || phase === 'exists' || phase === 'mounted')
    report.progress(`pushing ${id}`, total, total, 'bytes');
  else if (phase === 'preparing') report.progress(`pushing ${familiar(name)}`, 0, 0, 'pieces');
}

function recordRepository(
  { records, state }: OutputDependencies,
  name: Reference,
  { target }: Selection,
): void {
  if (records.target(target.digest) === undefined) return;
  state.transaction((tx) => {
    records.addRepository(tx, canonicalName(name), target.digest);
    tx.emit({
      type: 'image',
      action: 'push',
      actorId: familiar(name),
      attributes: { name: familiar(name), id: target.digest },
    });
  });
}

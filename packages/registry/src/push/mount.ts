import type { PushBlobOptions, PushedBlob, Repository } from '@wharf/engine/ports';
import { repositoryScope } from '../auth/scopes.js';
import { PassingFault } from '../fault.js';
import { readSmall } from '../http/body.js';
import { retrying } from '../http/retry.js';
import { openSession } from '../session/session.js';
import type { Wire } from '../session/wire.js';
import { checkDigest, UploadSession } from './upload.js';
import type { Upload } from './upload.js';

/** Repositories that are asked for one blob; more cost more than they save. */
const maxCandidates = 4;

type Mounted = Exclude<PushedBlob, string>;
/** A registry that does not mount may begin an upload instead (202). */
interface NotMounted {
  readonly started: UploadSession | undefined;
}

/**
 * Tries to have the blob linked from another repository of the registry (distribution-spec, mounting a blob
 * from another repository). What goes wrong here is no failure: the blob is sent instead.
 */
export async function mountFrom(
  wire: Wire,
  upload: Upload,
  options: PushBlobOptions,
): Promise<Mounted | NotMounted> {
  let started: UploadSession | undefined;
  for (const source of (options.mountFrom ?? []).slice(0, maxCandidates)) {
    await started?.discard(options.signal).catch(() => undefined);
    started = undefined;
    const found = await tryMount(wire, upload, source, options);
    if (found === 'mounted') return { mountedFrom: source };
    started = found;
  }
  return { started };
}

async function tryMount(
  wire: Wire,
  upload: Upload,
  source: Repository,
  options: PushBlobOptions,
): Promise<'mounted' | UploadSession | undefined> {
  const { endpoint } = upload.session;
  try {
    const from = await wire.places.origin(source);
    if (from.base !== endpoint.base || from.repository === endpoint.repository) return undefined;
    const scopes = [
      repositoryScope({ path: endpoint.repository }, 'pull,push'),
      repositoryScope({ path: from.repository }, 'pull'),
    ];
    const session = await openSession(wire, endpoint, options, scopes);
    const limits = { ...session.limits, attempts: 2 };
    return await retrying(limits, session.signal, () =>
      mount({ ...upload, session }, from.repository),
    );
  } catch (error) {
    if (options.signal.aborted) throw error;
    return undefined;
  }
}

async function mount(upload: Upload, from: string): Promise<'mounted' | UploadSession | undefined> {
  const { session, descriptor } = upload;
  const query = new URLSearchParams({ mount: descriptor.digest, from });
  const to = `blobs/uploads/?${query.toString()}`;
  const answer = await session.send({ method: 'POST', to, body: '' });
  await readSmall(answer, session.wire.transport, session.signal);
  if (answer.status === 202) return new UploadSession(upload, answer);
  if (answer.status === 429 || answer.status >= 500) {
    throw new PassingFault('unavailable', `${session.endpoint.name} answered ${answer.status}`);
  }
  if (answer.status !== 201) return undefined;
  checkDigest(answer, descriptor.digest, session.endpoint.name);
  return 'mounted';
}

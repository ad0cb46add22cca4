import type { Repository } from '@wharf/engine/ports';
import type { Digest } from '@wharf/oci';
import { statusFailure } from '../http/failure.js';
import { retrying } from '../http/retry.js';
import type { Session } from '../session/session.js';

/** Whether the repository has the blob. */
export async function hasBlob(
  session: Session,
  { domain, path }: Repository,
  digest: Digest,
): Promise<boolean> {
  const { name } = session.endpoint;
  const what = `blob ${digest} of ${domain}/${path}`;
  return retrying(session.limits, session.signal, async () => {
    const answer = await session.send({ method: 'HEAD', to: `blobs/${digest}` });
    if (answer.status === 200 || answer.status === 404) {
      answer.body.resume();
      return answer.status === 200;
    }
    throw await statusFailure(answer, session.wire.transport, session.signal, { name, what });
  });
}

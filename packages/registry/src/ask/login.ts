import type { RegistryCallOptions } from '@wharf/engine/ports';
import { unauthenticated } from '../auth/authorizer.js';
import { readSmall } from '../http/body.js';
import { statusFailure } from '../http/failure.js';
import type { RedirectedAnswer } from '../http/redirect.js';
import { retrying } from '../http/retry.js';
import { openSession } from '../session/session.js';
import type { Session } from '../session/session.js';
import type { Wire } from '../session/wire.js';

/** What `RegistryWritePort.checkCredentials` promises. */
export async function checkCredentials(
  wire: Wire,
  registry: string,
  options: RegistryCallOptions,
): Promise<{ readonly identityToken: string }> {
  const endpoint = await wire.places.registry(registry);
  const session = await openSession(wire, endpoint, options, []);
  return retrying(session.limits, session.signal, () => check(session));
}

async function check(session: Session): Promise<{ readonly identityToken: string }> {
  const { credentials } = session.subject;
  const given = credentials.kind === 'registry' ? `Bearer ${credentials.token}` : undefined;
  const first = await ask(session, given);
  if (first.status === 200) return { identityToken: '' };
  if (first.status !== 401 || first.foreign) throw await refusal(session, first);
  await readSmall(first, session.wire.transport, session.signal);
  const challenge = first.headers['www-authenticate'];
  const { authorizer } = session.wire;
  const { header, identityToken } = await authorizer.login(
    challenge,
    session.subject,
    session.signal,
  );
  const second = await ask(session, header);
  if (second.status === 200) return { identityToken };
  if (second.status === 401) {
    second.body.destroy();
    throw unauthenticated(session.subject);
  }
  throw await refusal(session, second);
}

async function ask(session: Session, authorization: string | undefined): Promise<RedirectedAnswer> {
  const to = new URL(`${session.endpoint.base}/v2/`);
  const answer = await session.sendWith({ method: 'GET', to }, authorization);
  if (answer.status === 200) answer.body.resume();
  return answer;
}

function refusal(session: Session, answer: RedirectedAnswer): Promise<Error> {
  const { name } = session.endpoint;
  return statusFailure(answer, session.wire.transport, session.signal, {
    name,
    what: `registry API of ${name}`,
  });
}

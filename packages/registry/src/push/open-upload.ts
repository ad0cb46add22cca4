import { statusFailure } from '../http/failure.js';
import { readSmall } from '../http/body.js';
import type { RedirectedAnswer } from '../http/redirect.js';
import { UploadSession } from './upload.js';
import type { Upload } from './upload.js';

/** Begins an upload with a POST. */
export async function openUpload(upload: Upload): Promise<UploadSession> {
  const { session } = upload;
  const answer = await session.send({ method: 'POST', to: 'blobs/uploads/', body: '' });
  if (answer.status !== 202) throw await uploadRefused(answer, upload);
  await readSmall(answer, session.wire.transport, session.signal);
  return new UploadSession(upload, answer);
}

export async function uploadRefused(answer: RedirectedAnswer, upload: Upload): Promise<Error> {
  const { session, what } = upload;
  const asked = { name: session.endpoint.name, what, verb: 'push' as const };
  return statusFailure(answer, session.wire.transport, session.signal, asked);
}

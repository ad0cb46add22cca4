import type { CallOptions } from '@wharf/core';
import { InvalidArgumentError } from '@wharf/core';
import { isDigest } from '@wharf/oci';
import type { HttpSourceRequest, HttpSourceResult } from '@wharf/engine/ports';
import type { Wire } from './exchange.js';
import { dispositionFilename } from './filename.js';
import { getFollowing, parseHttpUrl } from './follow.js';
import { receive } from './receive.js';
import { statusFailure } from './status.js';

/** Fetches one file; bytes are kept as they were sent, whatever Content-Encoding says. */
export async function fetchFile(
  request: HttpSourceRequest,
  wire: Wire,
  { signal }: CallOptions,
): Promise<HttpSourceResult> {
  const { known, checksum, target, onProgress } = request;
  if (checksum !== undefined && !(isDigest(checksum) && checksum.startsWith('sha256:'))) {
    throw new InvalidArgumentError('the checksum is not valid: write it as sha256: and 64 digits');
  }
  const address = parseHttpUrl(request.url, request.authorization);
  const { body, url } = await getFollowing(address, validators(known), wire, signal);
  if (body.statusCode === 304 && known !== undefined) {
    body.destroy();
    return { kind: 'same' };
  }
  if (body.statusCode !== 200) {
    body.destroy();
    throw statusFailure(body.statusCode ?? 0, url);
  }
  const { limits } = wire;
  const received = await receive(body, { url, target, checksum, limits, onProgress }, signal);
  return {
    kind: 'fetched',
    ...received,
    etag: body.headers.etag ?? '',
    lastModified: body.headers['last-modified'] ?? '',
    filename: dispositionFilename(body.headers['content-disposition']),
  };
}

/** RFC 9110, 13.1.2 and 13.1.3; what cannot be a header is left out. */
function validators(known: HttpSourceRequest['known']): Record<string, string> {
  const usable = (text = ''): boolean => /^[\x20-\x7e\x80-\xff]{1,1024}$/.test(text);
  return {
    ...(usable(known?.etag) ? { 'if-none-match': known?.etag ?? '' } : {}),
    ...(usable(known?.lastModified) ? { 'if-modified-since': known?.lastModified ?? '' } : {}),
  };
}

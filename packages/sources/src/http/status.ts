import { NotFoundError, UnavailableError, WharfError } from '@wharf/core';
import { shownUrl } from '../fault.js';

/** The failure that a status other than those asked for means. */
export function statusFailure(status: number, url: URL, kind = 'file'): WharfError {
  const where = shownUrl(url);
  const facts = { host: url.host, status: String(status) };
  if (status === 404 || status === 410) return new NotFoundError(kind, where, { facts });
  if (status === 401 || status === 407) {
    const text = `${where} wants authorization: give the build credentials for ${url.host}`;
    return new WharfError('unauthenticated', text, { facts });
  }
  if (status === 403)
    return new WharfError('permission-denied', `${where}: the server refuses (403)`, { facts });
  if (status === 429 || status >= 500 || status === 408) {
    return new UnavailableError(`${where}: the server answers ${status}, try again`, { facts });
  }
  const text = `${where}: the server answers ${status}, a ${kind} was asked for`;
  return new WharfError('failed-precondition', text, { facts });
}

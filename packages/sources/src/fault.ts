import { CancelledError, isWharfError } from '@wharf/core';
import type { WharfError } from '@wharf/core';

/** The reason of an abort as a failure. */
export function cancellation(signal: AbortSignal): WharfError {
  const reason: unknown = signal.reason;
  return isWharfError(reason) ? reason : new CancelledError(undefined, { cause: reason });
}

/** An address for messages: no user, password, query or fragment, any of which may be secret (R16, R20). */
export function shownUrl(url: URL): string {
  const text = `${url.protocol}//${url.host}${url.pathname}`;
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}

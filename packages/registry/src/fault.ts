import { CancelledError, isWharfError, WharfError } from '@wharf/core';
import type { ErrorCode, WharfErrorOptions } from '@wharf/core';

/**
 * `soon`: the connection failed in a way that passes. `midway`: worth a try only when the server has
 * answered before, since at first contact it is more likely a wrong name.
 */
export type Retry = 'soon' | 'midway';

/** A failure of the outside that another try may cure. Callers of the package see the WharfError only. */
export class PassingFault extends WharfError {
  readonly retry: Retry;
  /** What Retry-After asked for, in milliseconds, not clamped. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: WharfErrorOptions & { readonly retry?: Retry; readonly retryAfterMs?: number } = {},
  ) {
    super(code, message, options);
    this.retry = options.retry ?? 'soon';
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The reason of an abort as a failure. */
export function cancellation(signal: AbortSignal): WharfError {
  const reason: unknown = signal.reason;
  return isWharfError(reason) ? reason : new CancelledError(undefined, { cause: reason });
}

const shown = 300;

/** Text of a registry for people: on one line, no control characters, at most `length` characters. */
export function printable(text: string, length = shown): string {
  let out = '';
  for (const char of text.slice(0, length)) {
    const code = char.codePointAt(0) ?? 0;
    const hidden = code < 0x20 || (code >= 0x7f && code < 0xa0) || isDirectional(code);
    out += hidden ? ' ' : char;
  }
  return out.trim();
}

/** Marks that change the order in which a terminal shows text (CVE-2021-42574). */
function isDirectional(code: number): boolean {
  return (
    (code >= 0x200e && code <= 0x200f) ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2066 && code <= 0x2069)
  );
}

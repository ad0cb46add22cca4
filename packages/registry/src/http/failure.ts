import { WharfError } from '@wharf/core';
import type { ErrorCode } from '@wharf/core';
import { parseJson } from '@wharf/oci';
import { maxSmallBody } from '../config.js';
import { PassingFault, printable } from '../fault.js';
import { readSmall } from './body.js';
import { parseRetryAfter } from './retry.js';
import type { HttpAnswer, Transport } from './transport.js';

export interface Asked {
  /** The registry as people write it. */
  readonly name: string;
  /** What was asked for: `manifest for busybox:1`. */
  readonly what: string;
  /** What the user lacks the right to do; `pull` when absent. */
  readonly verb?: 'pull' | 'push';
}

/** Of a push: the same bytes would be refused again. */
const refusals = new Set([400, 409, 411, 413, 415, 422]);

/** The failure that an answer without the wanted status stands for. Reads the body, up to 64 KiB. */
export async function statusFailure(
  answer: HttpAnswer,
  transport: Transport,
  signal: AbortSignal,
  asked: Asked,
): Promise<WharfError> {
  const { status, headers } = answer;
  const { said, reason } = messageOf(await readSmall(answer, transport, signal));
  const facts = { host: asked.name, status: String(status), ...(reason && { reason }) };
  const fail = (code: ErrorCode, text: string): WharfError => new WharfError(code, text, { facts });
  const detail = said === '' ? '' : `: ${said}`;
  if (status === 404) return fail('not-found', `${asked.what} not found: ${said || 'no details'}`);
  if (status === 403) {
    const remedy = `run wharf login ${asked.name} as a user who may ${asked.verb ?? 'pull'} it`;
    return fail('permission-denied', `${asked.name} denies ${asked.what}${detail}: ${remedy}`);
  }
  const retryAfterMs = parseRetryAfter(headers['retry-after'], Date.now());
  const passing = { facts, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  if (status === 429) {
    const text = `${asked.name} limits the rate of requests${detail}: wait, or run wharf login ${asked.name}`;
    return new PassingFault('unavailable', text, passing);
  }
  if (asked.verb === 'push' && refusals.has(status)) {
    return fail('failed-precondition', `${asked.name} refuses ${asked.what} (${status})${detail}`);
  }
  if (asked.verb === 'push' && (status === 405 || status === 501)) {
    return fail('unimplemented', `${asked.name} takes no pushes (${status})${detail}`);
  }
  const text = `${asked.name} answered ${status} for ${asked.what}${detail}`;
  const passes = status === 408 || status === 425 || (status >= 500 && status !== 501);
  return passes ? new PassingFault('unavailable', text, passing) : fail('unavailable', text);
}

interface Said {
  readonly said: string;
  /** `DIGEST_INVALID`, `DENIED` … */
  readonly reason: string;
}

const nothing: Said = { said: '', reason: '' };

/** The first message of an error document of the distribution spec and its code; empty for anything else. */
function messageOf(bytes: Uint8Array | undefined): Said {
  let json;
  try {
    json = parseJson(bytes ?? new Uint8Array(), { maxBytes: maxSmallBody });
  } catch {
    return nothing;
  }
  const errors: unknown = json instanceof Map ? json.get('errors') : undefined;
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  if (!(first instanceof Map)) return nothing;
  const [message, code]: unknown[] = [first.get('message'), first.get('code')];
  const reason = typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code) ? code : '';
  const text = message || code;
  return { said: typeof text === 'string' ? printable(text) : '', reason };
}

import {
  FailedPreconditionError,
  toWharfError,
  type CallOptions,
  type ErrorCode,
} from '@wharf/core';
import type { PinKind, Pins } from '../pins.js';

/** An answer is waited for so long: who is offline can build all the same, with what the lock says. */
const answerMs = 10_000;

/** What a server says that cannot be asked. */
const noAnswer: ReadonlySet<ErrorCode> = new Set([
  ...(['unavailable', 'not-found', 'deadline-exceeded', 'resource-exhausted'] as const),
  ...(['unauthenticated', 'permission-denied'] as const),
]);

export interface PinnedName {
  readonly kind: PinKind;
  readonly name: string;
  /** What the lock says of it. */
  readonly pin: string;
}

/**
 * With `--locked` a name that means something else by now is refused.
 * @param ask what it means today; undefined when that is not known
 * @throws FailedPreconditionError that names it
 */
export async function refuseMoved(
  { locked }: Pick<Pins, 'locked'>,
  { kind, name, pin }: PinnedName,
  ask: (options: CallOptions) => Promise<string | undefined>,
  { signal }: CallOptions,
): Promise<void> {
  if (!locked) return;
  const now = await answerTo(ask, { signal });
  if (now === undefined || now === pin) return;
  throw new FailedPreconditionError(
    `${name} has moved: Dockerfile.lock says ${pin}, it is ${now} now; build without --locked to take what the lock says, or with --lock --pull to lock what is there now`,
    { facts: { kind, name, locked: pin, now } },
  );
}

/** Whether a failure says nothing of what a name means. */
export function isNoAnswer(error: unknown): boolean {
  return noAnswer.has(toWharfError(error).code);
}

async function answerTo(
  ask: (options: CallOptions) => Promise<string | undefined>,
  { signal }: CallOptions,
): Promise<string | undefined> {
  try {
    return await ask({ signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]) });
  } catch (error) {
    signal.throwIfAborted();
    if (isNoAnswer(error) || toWharfError(error).code === 'cancelled') return undefined;
    throw error;
  }
}

import { CancelledError, type CallOptions, type ProcessIdentity } from '@wharf/core';
import { identifyProcess, isProcessAlive, readProcessStat } from '@wharf/linux/native';
import type { ConnectResult } from '@wharf/engine/ports';
import { ConnectTaskResponse } from '@wharf/api/shim';
import type { ShimDriverOptions } from './options.js';
import { openConnection, type ShimConnection } from './socket.js';
import { ShimTask } from './task.js';

/** How long a living shim may take to answer before it is called silent. */
const answerMs = 3000;

/**
 * The shim of a bundle, if it lives. `gone` only on proof: nobody listens and the recorded process does not exist.
 * A process that lives and does not answer (stopped, starved) is `silent`.
 */
export async function connectShim(
  options: ShimDriverOptions,
  bundle: string,
  recorded: ProcessIdentity | undefined,
  call: CallOptions,
): Promise<ConnectResult> {
  const limit = AbortSignal.any([call.signal, AbortSignal.timeout(answerMs)]);
  let connection: ShimConnection | undefined;
  try {
    connection = await openConnection(bundle, { signal: limit });
    const answer = ConnectTaskResponse.decode(
      await connection.client.unary('ConnectTask', new Uint8Array(0), { signal: limit }),
    );
    const shim = identifyProcess(answer.shimPid, options.bootId);
    if (shim === undefined) throw new TypeError('ended while it answered');
    const task = new ShimTask(shim, bundle, connection, options);
    return { kind: 'connected', task, state: await task.state({ signal: limit }) };
  } catch (error) {
    connection?.close();
    if (call.signal.aborted) throw new CancelledError(undefined, { cause: call.signal.reason });
    return { kind: isGone(options, recorded, error) ? 'gone' : 'silent' };
  }
}

/** Nobody can be listening, and nobody lives who once did. */
function isGone(
  options: ShimDriverOptions,
  recorded: ProcessIdentity | undefined,
  error: unknown,
): boolean {
  const code = (error as { code?: unknown }).code;
  const unheard = code === 'ECONNREFUSED' || code === 'ENOENT' || code === 'ENOTDIR';
  if (recorded === undefined) return unheard;
  if (isProcessAlive(recorded, options.bootId)) return false;
  reapZombie(options, recorded);
  // The recorded process is proved dead; that a stranger answers in its bundle is no part of this.
  return true;
}

function reapZombie({ native }: ShimDriverOptions, identity: ProcessIdentity): void {
  if (readProcessStat(identity.pid)?.startTicks !== identity.startTicks) return;
  try {
    native.waitpid(identity.pid);
  } catch {
    // Not our child.
  }
}

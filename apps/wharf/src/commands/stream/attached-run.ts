import {
  FailedPreconditionError,
  type AttachRequest,
  type CallOptions,
  type WaitCondition,
} from '@wharf/core';
import type { CliContext } from '../../context.js';
import { pump } from './pump.js';
import { proxySignals } from './signal-proxy.js';
import { followSize, rawInput } from './terminal.js';

/** A container to be started with this program's streams connected to it. */
export interface AttachedRun {
  readonly id: string;
  readonly request: AttachRequest;
  readonly terminal: boolean;
  readonly detachKeys: Uint8Array;
  readonly proxySignals: boolean;
  /** Removed when it ends, so that its end is waited for in another way. */
  readonly autoRemove: boolean;
}

/**
 * Starts a container and stays with it until it ends or the user detaches.
 * @returns its exit code; 0 when detached
 */
export async function runAttached(
  context: CliContext,
  run: AttachedRun,
  { signal }: CallOptions,
): Promise<number> {
  const { io } = context;
  const { containers } = await context.engine();
  const { id, request, terminal } = run;
  using scope = new DisposableStack();
  const proxy =
    run.proxySignals && !terminal
      ? scope.use(proxySignals(io, (name) => containers.kill(id, name, { signal })))
      : undefined;
  const session = await containers.attach(id, request, { signal });
  const condition: WaitCondition = run.autoRemove ? 'removed' : 'next-exit';
  const exit = containers.wait(id, condition, { signal });
  exit.catch(() => undefined);
  if (request.stdin && terminal) scope.use(rawInput(io));
  const detachKeys = terminal ? run.detachKeys : undefined;
  const streams = pump(io, session, { stdin: request.stdin, detachKeys });
  streams.catch(() => undefined);
  await containers.start(id, { signal });
  proxy?.release();
  if (terminal) {
    scope.use(followSize(io, (rows, columns) => containers.resize(id, rows, columns, { signal })));
  }
  if ((await streams) === 'detached') return 0;
  const { exitCode, error } = await exit;
  if (error === '') return exitCode;
  throw new FailedPreconditionError(`the container could not run: ${error}`, {
    facts: { exitCode: String(exitCode) },
  });
}

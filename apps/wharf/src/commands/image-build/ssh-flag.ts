import { lstat, stat } from 'node:fs/promises';
import { FailedPreconditionError, InvalidArgumentError } from '@wharf/core';
import { reasonOf } from '../shared/input-file.js';
import { splitPair } from '../spec/key-values.js';

/** An agent that RUN --mount=type=ssh may ask; without a path it is that of SSH_AUTH_SOCK. */
export interface AgentPlace {
  readonly id: string;
  readonly path?: string;
}

/** Reads `default`, `ID` or `ID=SOCKET`. @throws InvalidArgumentError */
export function parseSsh(text: string): AgentPlace {
  const [id, path] = splitPair(text);
  if (id === '' || /[\s,]/.test(id)) {
    throw new InvalidArgumentError(
      `invalid value ${JSON.stringify(text)} of --ssh: use default or ID=SOCKET`,
    );
  }
  if (path === undefined) return { id };
  if (path === '' || path.includes(',')) {
    throw new InvalidArgumentError(
      `invalid value ${JSON.stringify(text)} of --ssh: name the one socket of an agent after ${id}=`,
    );
  }
  return { id, path };
}

/**
 * The sockets of agents by id.
 * @throws failed-precondition for what is no socket; keys are left to an agent, which this program is none of
 */
export async function agentSockets(
  places: readonly AgentPlace[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<ReadonlyMap<string, string>> {
  const sockets = new Map<string, string>();
  for (const { id, path = env['SSH_AUTH_SOCK'] ?? '' } of places) {
    if (path === '') {
      throw new FailedPreconditionError(
        `--ssh ${id} needs an agent, but SSH_AUTH_SOCK is not set: start one with \`eval $(ssh-agent)\` and add a key with ssh-add`,
      );
    }
    await checkSocket(id, path);
    sockets.set(id, path);
  }
  return sockets;
}

async function checkSocket(id: string, path: string): Promise<void> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new FailedPreconditionError(`--ssh ${id}: ${path}: ${reasonOf(cause)}`, { cause });
  });
  if (found.isSocket()) return;
  const link = (await lstat(path)).isSymbolicLink() ? ' (through a link)' : '';
  throw new FailedPreconditionError(
    `--ssh ${id}: ${path} is no socket of an agent${link}: add the key to one with ssh-add and use --ssh ${id}`,
  );
}

import { open, stat } from 'node:fs/promises';
import { FailedPreconditionError, InvalidArgumentError } from '@wharf/core';
import { reasonOf } from '../shared/input-file.js';
import { splitPair } from '../spec/key-values.js';
import type { Agent } from './agents.js';
import type { SigningKey } from './key-agent/private-key.js';

/** More is no key. */
const maxKeyBytes = 100 * 1024;

/** What RUN --mount=type=ssh may ask; without paths it is the agent of SSH_AUTH_SOCK. */
export interface AgentPlace {
  readonly id: string;
  /** A socket of an agent, or files of keys. */
  readonly paths: readonly string[];
}

/** Reads `default`, `ID`, `ID=SOCKET` or `ID=KEY[,KEY]`. @throws InvalidArgumentError */
export function parseSsh(text: string): AgentPlace {
  const [id, given] = splitPair(text);
  const paths = given?.split(',') ?? [];
  if (id !== '' && !/[\s,]/.test(id) && !paths.includes('')) return { id, paths };
  throw new InvalidArgumentError(
    `invalid value ${JSON.stringify(text)} of --ssh: use default, ID=SOCKET or ID=KEY[,KEY]`,
  );
}

/**
 * Agents by id: those of sockets, and one of ours for keys.
 * @throws failed-precondition for what is neither a socket nor a key
 */
export async function agentsOf(
  places: readonly AgentPlace[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<ReadonlyMap<string, Agent>> {
  const agents = new Map<string, Agent>();
  for (const { id, paths } of places) {
    agents.set(id, await agentAt(id, paths.length > 0 ? paths : [env['SSH_AUTH_SOCK'] ?? '']));
  }
  return agents;
}

async function agentAt(id: string, paths: readonly string[]): Promise<Agent> {
  const [first = ''] = paths;
  if (first === '') {
    throw new FailedPreconditionError(
      `--ssh ${id} needs an agent, but SSH_AUTH_SOCK is not set: start one with \`eval $(ssh-agent)\` and add a key with ssh-add, or name a key with --ssh ${id}=KEY`,
    );
  }
  if (paths.length === 1 && (await isSocket(id, first))) return { socket: first };
  const keys: SigningKey[] = [];
  for (const path of paths) keys.push(await keyAt(id, path));
  return { keys };
}

async function isSocket(id: string, path: string): Promise<boolean> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new FailedPreconditionError(`--ssh ${id}: ${path}: ${reasonOf(cause)}`, { cause });
  });
  return found.isSocket();
}

async function keyAt(id: string, path: string): Promise<SigningKey> {
  const name = `--ssh ${id}: ${path}`;
  const text = await textOf(name, path);
  const { readPrivateKey } = await import('./key-agent/private-key.js');
  return readPrivateKey(text, path, name);
}

async function textOf(name: string, path: string): Promise<string> {
  try {
    // A pipe would be waited for.
    if (!(await stat(path)).isFile()) throw new FailedPreconditionError(`${name}: it is no file`);
    await using file = await open(path, 'r');
    const buffer = Buffer.alloc(maxKeyBytes + 1);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    if (bytesRead <= maxKeyBytes) return buffer.toString('utf8', 0, bytesRead);
    throw new FailedPreconditionError(`${name}: it has more than ${maxKeyBytes} bytes`);
  } catch (cause) {
    if (cause instanceof FailedPreconditionError) throw cause;
    const reason = reasonOf(cause as NodeJS.ErrnoException);
    throw new FailedPreconditionError(`${name}: ${reason}`, { cause });
  }
}

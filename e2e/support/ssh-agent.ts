import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FailedPreconditionError } from '@wharf/core';
import { run, tempDir } from '@wharf/testing';
import { Session } from './session.js';

/** Why there is no agent on this machine; undefined when there is one. */
export async function lacksAgent(): Promise<string | undefined> {
  const found = await run('sh', ['-c', 'command -v ssh-agent ssh-add ssh-keygen']);
  return found.code === 0 ? undefined : 'openssh-client is missing';
}

/** A key of ed25519 and an agent of OpenSSH that holds it. */
export interface Agent extends AsyncDisposable {
  readonly socket: string;
  /** The file of the private key; that of the public one ends in `.pub`. */
  readonly key: string;
  /** The line of authorized_keys, without its comment. */
  readonly line: string;
  /** All that is said of the key with ssh-add(1). */
  add(...args: readonly string[]): Promise<void>;
}

export async function sshAgent(): Promise<Agent> {
  await using undo = new AsyncDisposableStack();
  const folder = undo.use(await tempDir('wharf-agent-'));
  const [socket, key] = [join(folder.path, 'agent'), join(folder.path, 'key')];
  await succeeded('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'a key', '-f', key]);
  const agent = undo.use(new Session('ssh-agent', ['-D', '-a', socket], {}));
  await agent.until(/SSH_AUTH_SOCK/);
  const add = (...args: readonly string[]): Promise<void> =>
    succeeded('ssh-add', args, { SSH_AUTH_SOCK: socket });
  await add('-q', key);
  const [type = '', blob = ''] = (await readFile(`${key}.pub`, 'utf8')).split(' ');
  const end = undo.move();
  return {
    socket,
    key,
    line: `${type} ${blob}`,
    add,
    [Symbol.asyncDispose]: () => end.disposeAsync(),
  };
}

async function succeeded(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { code, stderr } = await run(program, args, { env });
  if (code !== 0) throw new FailedPreconditionError(`${program} ${args.join(' ')}: ${stderr}`);
}

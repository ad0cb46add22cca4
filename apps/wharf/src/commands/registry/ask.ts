import {
  FailedPreconditionError,
  ResourceExhaustedError,
  type CallOptions,
  type RegistryCredentials,
} from '@wharf/core';
import type { CliIo } from '../../io/io.js';
import { lineReader } from '../shared/prompt.js';

const maxPassword = 64 * 1024;

export interface KnownCredentials {
  readonly username: string | undefined;
  readonly password: string | undefined;
}

/** Asks for what is not known yet; the password is not shown. @throws failed-precondition without a terminal */
export async function askCredentials(
  io: CliIo,
  known: KnownCredentials,
  options: CallOptions,
): Promise<RegistryCredentials> {
  const { username, password } = await complete(io, known, options);
  if (username === '') throw new FailedPreconditionError('username is empty');
  if (password === '') throw new FailedPreconditionError('password is empty');
  return { username, password, identityToken: '', registryToken: '' };
}

async function complete(io: CliIo, { username, password }: KnownCredentials, options: CallOptions) {
  if (username !== undefined && password !== undefined) return { username, password };
  if (!io.stdin.isTTY) {
    throw new FailedPreconditionError(
      'cannot perform an interactive login from a non-TTY device: use --username and --password-stdin',
    );
  }
  const reader = lineReader(io, options);
  const ask = async (question: string, line: () => Promise<string | undefined>) => {
    io.stderr.write(question);
    return (await line()) ?? '';
  };
  const name = username ?? (await ask('Username: ', reader.line)).trim();
  if (name === '' || password !== undefined) return { username: name, password: password ?? '' };
  try {
    return { username: name, password: await ask('Password: ', reader.hiddenLine) };
  } finally {
    io.stderr.write('\n');
  }
}

/** All of standard input without the line break at its end. */
export async function readPassword(io: CliIo, { signal }: CallOptions): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of io.stdin.read()) {
    signal.throwIfAborted();
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxPassword) throw new ResourceExhaustedError('this is too long for a password');
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}

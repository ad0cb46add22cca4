import { open } from 'node:fs/promises';
import { FailedPreconditionError } from '@wharf/core';
import type { ConfiguredCredentials } from '../config.js';
import type { Credentials } from './credentials.js';
import { credentialsOf } from './credentials.js';

const maxBytes = 16 * 1024;
/** Permission bits of group and others. */
const othersMode = 0o077;

/**
 * Credentials that the operator keeps in a file. Read each time, so that a new password needs no restart.
 * @throws FailedPreconditionError when the file cannot be read, or others can read it as well
 */
export async function configuredCredentials(settings: ConfiguredCredentials): Promise<Credentials> {
  if ('identityTokenFile' in settings) {
    const identityToken = await secretIn(settings.identityTokenFile);
    return credentialsOf({ username: '', password: '', identityToken, registryToken: '' });
  }
  const { username, passwordFile } = settings;
  const password = await secretIn(passwordFile);
  return credentialsOf({ username, password, identityToken: '', registryToken: '' });
}

/** The first line. */
async function secretIn(path: string): Promise<string> {
  try {
    await using file = await open(path, 'r');
    const { mode } = await file.stat();
    if ((mode & othersMode) !== 0) {
      throw new FailedPreconditionError(`${path} can be read by others: run chmod 600 ${path}`);
    }
    const { buffer, bytesRead } = await file.read(Buffer.alloc(maxBytes), 0, maxBytes, 0);
    const line = buffer.toString('utf8', 0, bytesRead).split(/\r?\n/)[0] ?? '';
    if (line !== '') return line;
  } catch (cause) {
    if (cause instanceof FailedPreconditionError) throw cause;
    throw new FailedPreconditionError(`cannot read ${path}: put the registry's secret there`, {
      cause,
    });
  }
  throw new FailedPreconditionError(
    `${path} is empty: put the registry's secret on its first line`,
  );
}

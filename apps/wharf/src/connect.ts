import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient, type Client, type TlsClientOptions } from '@wharf/client';
import { FailedPreconditionError } from '@wharf/core';
import type { CliContext } from './context.js';
import { defaultContext } from './contexts/context.js';
import { chooseDaemon } from './contexts/current.js';
import { ContextStore } from './contexts/store.js';

export const defaultHost = 'unix:///run/wharf/wharf.sock';

type Surroundings = Omit<CliContext, 'engine'>;

/** Opens the client of the daemon that flags, environment and contexts name. */
export async function connect(context: Surroundings): Promise<Client> {
  const choice = await chooseDaemon(context);
  if (choice.kind === 'host' || choice.name === defaultContext) {
    const host = choice.kind === 'host' ? choice.host : defaultHost;
    const tls = host.startsWith('tcp://') ? await tlsOfFlags(context) : undefined;
    return createClient({ host, ...(tls === undefined ? {} : { tls }) });
  }
  const { host, tls, skipTlsVerify } = await new ContextStore(context.configDirectory).get(
    choice.name,
  );
  return createClient({ host, tls: { ...tls, verify: !skipTlsVerify } });
}

/** The files of --tls*, else those in WHARF_CERT_PATH or beside config.json; undefined when TLS was not asked for and none are there. */
async function tlsOfFlags(context: Surroundings): Promise<Partial<TlsClientOptions> | undefined> {
  const { globals, io, configDirectory } = context;
  const folder = io.env['WHARF_CERT_PATH'] ?? configDirectory;
  const files = {
    ca: await pem(globals.tlscacert, join(folder, 'ca.pem')),
    cert: await pem(globals.tlscert, join(folder, 'cert.pem')),
    key: await pem(globals.tlskey, join(folder, 'key.pem')),
  };
  const found = Object.entries(files).filter(([, text]) => text !== undefined);
  const asked = globals.tls || globals.tlsverify || (io.env['WHARF_TLS_VERIFY'] ?? '') !== '';
  return asked || found.length > 0 ? Object.fromEntries(found) : undefined;
}

async function pem(given: string | undefined, usual: string): Promise<string | undefined> {
  try {
    return await readFile(given ?? usual, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (given === undefined && code === 'ENOENT') return undefined;
    throw new FailedPreconditionError(`cannot read ${given ?? usual}: ${code}`, { cause });
  }
}

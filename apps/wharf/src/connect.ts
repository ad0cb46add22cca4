import type { Client } from '@wharf/client';
import type { GlobalFlags } from './argv/index.js';
import type { CliIo } from './io/io.js';

export const defaultHost = 'unix:///run/wharf/wharf.sock';

/** Opens the client of the daemon that flags, environment and contexts name, in this order. */
export async function connect(io: CliIo, globals: GlobalFlags): Promise<Client> {
  const { createClient } = await import('@wharf/client');
  return createClient({ host: globals.host.at(-1) ?? io.env['WHARF_HOST'] ?? defaultHost });
}

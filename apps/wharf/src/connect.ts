import { createClient, resolveTarget, type Client } from '@wharf/client';
import type { CliContext } from './context.js';
import { targetFlags } from './target.js';

/** Opens the client of the daemon that flags, environment and contexts name. */
export async function connect(context: Omit<CliContext, 'engine'>): Promise<Client> {
  return createClient(await resolveTarget(targetFlags(context), context.io.env));
}

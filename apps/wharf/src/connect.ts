import { createClient, resolveTarget, type Client } from '@wharf/client';
import type { CliContext } from './context.js';
import { targetFlags } from './target.js';

type Surroundings = Omit<CliContext, 'engine' | 'engineOf'>;

/** Opens the client of the daemon that flags, environment and contexts name. */
export async function connect(context: Surroundings): Promise<Client> {
  return createClient(await resolveTarget(targetFlags(context), context.io.env));
}

/** Opens the client of the daemon of a context, whatever flags and environment say. */
export async function connectTo(context: Surroundings, name: string): Promise<Client> {
  const { globals, configDirectory, io } = context;
  const others = { ...globals, host: [], context: name };
  return createClient(
    await resolveTarget(targetFlags({ globals: others, configDirectory }), io.env),
  );
}

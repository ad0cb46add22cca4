import { chooseDaemon, defaultContext } from '@wharf/client';
import type { CliContext } from '../../context.js';
import { targetFlags } from '../../target.js';

/** The context in use, as `context show` has it: `default` also when a host is given. */
export async function currentContext(context: CliContext): Promise<string> {
  const choice = await chooseDaemon(targetFlags(context), context.io.env);
  return choice.kind === 'context' ? choice.name : defaultContext;
}

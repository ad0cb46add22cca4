import { join } from 'node:path';
import { readClientConfig } from '../client-config.js';
import type { CliContext } from '../context.js';
import { argumentError } from '../argv/usage-error.js';
import { defaultContext } from './context.js';
import { writeWhole } from './store.js';

type Named = Pick<CliContext, 'io' | 'globals' | 'configDirectory'>;

/** What names the daemon: a host that was given, or a context. */
export type Choice =
  | { readonly kind: 'host'; readonly host: string }
  | { readonly kind: 'context'; readonly name: string };

/**
 * In this order: -H, --context, WHARF_HOST, WHARF_CONTEXT, `context use`, the default.
 * @throws UsageError when both -H and --context are given
 */
export async function chooseDaemon({ io, globals, configDirectory }: Named): Promise<Choice> {
  const [host, ...more] = globals.host;
  if (more.length > 0) throw argumentError('specify only one -H');
  if (host !== undefined && globals.context !== undefined) {
    throw argumentError('conflicting options: cannot specify both --host and --context');
  }
  if (host !== undefined) return { kind: 'host', host };
  if (globals.context !== undefined) return { kind: 'context', name: globals.context };
  const fromEnv = io.env['WHARF_HOST'] ?? '';
  if (fromEnv !== '') return { kind: 'host', host: fromEnv };
  const named = io.env['WHARF_CONTEXT'] ?? '';
  if (named !== '') return { kind: 'context', name: named };
  const { currentContext = '' } = await readClientConfig(configDirectory);
  return { kind: 'context', name: currentContext === '' ? defaultContext : currentContext };
}

/** The context in use, as `context show` has it: `default` also when a host is given. */
export async function currentContext(context: Named): Promise<string> {
  const choice = await chooseDaemon(context);
  return choice.kind === 'context' ? choice.name : defaultContext;
}

/** Makes a context the one that is used from now on. */
export async function useContext({ configDirectory }: Named, name: string): Promise<void> {
  const { currentContext: _, ...others } = await readClientConfig(configDirectory);
  const config = name === defaultContext ? others : { ...others, currentContext: name };
  await writeWhole(join(configDirectory), 'config.json', `${JSON.stringify(config, null, '\t')}\n`);
}

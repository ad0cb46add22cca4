import type { FlagDefinition } from '../../argv/flags.js';
import { readClientConfig } from '../../client-config.js';
import type { CliContext } from '../../context.js';
import { checkOf } from '../spec/check.js';
import { defaultDetachKeys, parseDetachKeys } from './detach-keys.js';

export const detachKeysFlag = {
  type: 'string',
  description: 'Override the key sequence for detaching a container',
  check: checkOf(parseDetachKeys),
} as const satisfies FlagDefinition;

/** The keys of the flag, else of config.json, else ctrl-p ctrl-q. */
export async function detachKeysOf(
  { io, configDirectory }: CliContext,
  flag: string | undefined,
): Promise<Uint8Array> {
  if (flag !== undefined) return parseDetachKeys(flag);
  if (!io.stdin.isTTY) return parseDetachKeys(defaultDetachKeys);
  const { detachKeys } = await readClientConfig(configDirectory);
  return parseDetachKeys(detachKeys ?? defaultDetachKeys);
}

import { InvalidArgumentError, type CallOptions, type SecuritySpec } from '@wharf/core';
import { parseBool } from '../../argv/values.js';
import { readText } from './text-files.js';

type Options = Pick<SecuritySpec, 'seccomp' | 'noNewPrivileges' | 'systemPathsUnconfined'>;

export interface SecurityOptions extends Options {
  readonly warnings: readonly string[];
}

/**
 * Reads --security-opt: `no-new-privileges[:BOOL]`, `seccomp=unconfined|builtin|FILE`,
 * `systempaths=unconfined`. Profiles of AppArmor and labels of SELinux are accepted with a warning.
 * @throws InvalidArgumentError
 */
export async function readSecurityOptions(
  options: readonly string[],
  call: CallOptions,
): Promise<SecurityOptions> {
  const found = { seccomp: '', noNewPrivileges: false, systemPathsUnconfined: false };
  const warnings: string[] = [];
  for (const option of options) {
    const [name = '', value] = splitOption(option);
    if (name === 'no-new-privileges') found.noNewPrivileges = readBool(option, value);
    else if (name === 'seccomp' && value !== undefined)
      found.seccomp = await readSeccomp(value, call);
    else if (option === 'systempaths=unconfined') found.systemPathsUnconfined = true;
    else if ((name === 'apparmor' || name === 'label') && value !== undefined) {
      warnings.push(...ignored(name, value));
    } else throw new InvalidArgumentError(`invalid --security-opt: ${JSON.stringify(option)}`);
  }
  return { ...found, warnings };
}

/** Both `name=value` and the old `name:value`. */
function splitOption(option: string): readonly [string, string | undefined] {
  const at = option.search(/[=:]/);
  return at < 0 ? [option, undefined] : [option.slice(0, at), option.slice(at + 1)];
}

function readBool(option: string, text: string | undefined): boolean {
  const value = text === undefined ? true : parseBool(text);
  if (value === undefined) {
    throw new InvalidArgumentError(`invalid --security-opt: ${JSON.stringify(option)}`);
  }
  return value;
}

/** The JSON text of a profile, without blanks. */
async function readSeccomp(value: string, call: CallOptions): Promise<string> {
  if (value === 'builtin') return '';
  if (value === 'unconfined') return value;
  const text = await readText(value, call).catch((cause: Error) => {
    throw new InvalidArgumentError(`opening seccomp profile (${value}) failed: ${cause.message}`, {
      cause,
    });
  });
  try {
    return JSON.stringify(JSON.parse(text));
  } catch (cause) {
    throw new InvalidArgumentError(`seccomp profile (${value}) is not JSON`, { cause });
  }
}

function ignored(name: 'apparmor' | 'label', value: string): string[] {
  if (value === 'unconfined' || value === 'disable') return [];
  const module = name === 'apparmor' ? 'AppArmor' : 'SELinux';
  return [`--security-opt ${name}=${value} is ignored: ${module} is not in use`];
}

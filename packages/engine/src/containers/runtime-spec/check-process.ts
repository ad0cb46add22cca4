import type { ContainerSpec } from '@wharf/core';
import { parseContainerPath, parseEnv, parseSignal } from '@wharf/oci';
import { checkArgumentSpace } from './check-arguments.js';
import { invalid, quoted } from './names.js';

const maxHostname = 63;
const maxDomainname = 64;
const maxStopTimeout = 2 ** 31 - 1;
const maxGroups = 1024;
const hostnameLabel = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?$/;

/** Command, environment, working directory, names and stop signal. */
export function checkProcess(spec: ContainerSpec): void {
  checkEnvironment(spec);
  checkHostname(spec.hostname, maxHostname, 'hostname');
  checkHostname(spec.domainname, maxDomainname, 'domainname');
  if (spec.workdir !== undefined && spec.workdir !== '') checkWorkdir(spec.workdir);
  checkUser(spec);
  if (spec.stopSignal !== undefined && spec.stopSignal !== '') parseSignal(spec.stopSignal);
  const { stopTimeoutSeconds: timeout } = spec;
  if (timeout === undefined) return;
  if (!Number.isInteger(timeout) || timeout < -1 || timeout > maxStopTimeout) {
    throw invalid(
      `invalid stop timeout ${timeout}: give seconds, or -1 to wait for ever`,
      '--stop-timeout',
    );
  }
}

/** A bare name is allowed: it takes the image's variable away. */
function checkEnvironment({ env, entrypoint, command }: ContainerSpec): void {
  for (const entry of env) if (entry.includes('=') || entry === '') parseEnv(entry);
  checkArgumentSpace([...(entrypoint ?? []), ...(command ?? [])], env);
}

/** RFC 1123, and the underscores that people use nevertheless; the kernel has room for 64 bytes. */
function checkHostname(name: string | undefined, longest: number, what: string): void {
  if (name === undefined || name === '') return;
  const fits =
    name.length <= longest && name.split('.').every((label) => hostnameLabel.test(label));
  if (!fits) throw invalid(`invalid ${what} format: ${quoted(name)}`, `--${what}`);
}

function checkWorkdir(workdir: string): void {
  if (workdir.startsWith('/')) {
    parseContainerPath(workdir);
    return;
  }
  throw invalid(
    `the working directory '${quoted(workdir)}' is invalid, it needs to be an absolute path`,
    '--workdir',
  );
}

function checkUser({ user, groupAdd }: ContainerSpec): void {
  if (groupAdd.length > maxGroups) throw invalid(`more than ${maxGroups} groups`, '--group-add');
  for (const [flag, text] of [
    ['--user', user ?? ''],
    ...groupAdd.map((group) => ['--group-add', group] as const),
  ] as const) {
    if (text.length > 255 || /[\0-\x1f\x7f]/.test(text)) {
      throw invalid(`invalid name ${quoted(text)} for ${flag}`, flag);
    }
  }
  if (groupAdd.includes('')) throw invalid('a group to add has no name', '--group-add');
}

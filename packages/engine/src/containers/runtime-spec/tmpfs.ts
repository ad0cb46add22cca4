import type { MountSpec } from '@wharf/core';
import { parseMemorySize } from '@wharf/oci';
import { invalid, quoted } from './names.js';

/** Flags of mount(8) that mean something to tmpfs(5) and nothing outside of it. */
const flags = new Set(
  'defaults ro rw suid nosuid dev nodev exec noexec sync async dirsync mand nomand atime noatime diratime nodiratime relatime norelatime strictatime nostrictatime'.split(
    ' ',
  ),
);
const opposites: readonly (readonly [string, string])[] = [
  ['noexec', 'exec'],
  ['nosuid', 'suid'],
  ['nodev', 'dev'],
];

/** Options of a tmpfs mount; noexec, nosuid and nodev unless their opposite is asked for. @throws invalid-argument */
export function tmpfsOptions(mount: MountSpec): readonly string[] {
  const asked = mount.tmpfsOptions.flatMap((text) => text.split(',')).filter((text) => text !== '');
  for (const option of asked) checkOption(option);
  const options = asked.filter((option) => option !== 'defaults');
  for (const [safe, opposite] of opposites) {
    if (!options.includes(opposite) && !options.includes(safe)) options.push(safe);
  }
  if (mount.readOnly && !options.includes('ro')) options.push('ro');
  if (mount.tmpfsSize > 0n) options.push(`size=${mount.tmpfsSize}`);
  if (mount.tmpfsMode > 0) options.push(`mode=${mount.tmpfsMode.toString(8)}`);
  const { uid, gid, mode } = mount.owner ?? {};
  if (uid !== undefined) options.push(`uid=${uid}`);
  if (gid !== undefined) options.push(`gid=${gid}`);
  if (mode !== undefined && mount.tmpfsMode === 0) options.push(`mode=${mode.toString(8)}`);
  return options;
}

/** Sizes and modes of a tmpfs mount. */
export function checkTmpfs(mount: MountSpec): void {
  if (mount.source !== '') {
    throw invalid(
      `invalid mount config for type "tmpfs": field Source must not be specified`,
      '--mount',
    );
  }
  if (mount.tmpfsSize < 0n || mount.tmpfsSize > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw invalid(`invalid tmpfs size ${mount.tmpfsSize}: give a number of bytes`, '--mount');
  }
  if (!Number.isInteger(mount.tmpfsMode) || mount.tmpfsMode < 0 || mount.tmpfsMode > 0o7777) {
    throw invalid(`invalid tmpfs mode ${mount.tmpfsMode}: give 0 to 07777`, '--mount');
  }
  tmpfsOptions(mount);
}

function checkOption(option: string): void {
  if (flags.has(option)) return;
  const [key, value = ''] = option.split('=', 2);
  if (isValid(key, value)) return;
  throw invalid(`invalid tmpfs option [${quoted(option)}]`, '--tmpfs');
}

function isValid(key: string | undefined, value: string): boolean {
  if (key === 'mode') return /^[0-7]{1,4}$/.test(value);
  if (key === 'uid' || key === 'gid')
    return /^\d{1,10}$/.test(value) && Number(value) < 2 ** 32 - 1;
  if (key === 'nr_inodes' || key === 'nr_blocks') return /^\d{1,15}[kmg]?$/i.test(value);
  if (key === 'mpol') return /^[a-z][a-z0-9:=,-]{0,100}$/.test(value);
  return key === 'size' && (/^(?:100|\d{1,2})%$/.test(value) || isSize(value));
}

function isSize(text: string): boolean {
  if (!/^\d{1,15}[kmgt]?$/i.test(text)) return false;
  try {
    return parseMemorySize(text) >= 0;
  } catch {
    return false;
  }
}

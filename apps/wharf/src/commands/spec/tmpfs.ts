import { InvalidArgumentError, type MountSpec } from '@wharf/core';
import { parseMemorySize } from '@wharf/oci';
import { plainMount } from './plain-mount.js';

/** Reads `--tmpfs /run[:rw,noexec,size=64m,mode=1770]`. @throws InvalidArgumentError */
export function parseTmpfs(text: string): MountSpec {
  const at = text.indexOf(':');
  const target = at < 0 ? text : text.slice(0, at);
  if (!target.startsWith('/')) {
    throw new InvalidArgumentError(
      `invalid tmpfs mount: '${text}': the path in the container must be absolute`,
    );
  }
  const options =
    at < 0
      ? []
      : text
          .slice(at + 1)
          .split(',')
          .filter((option) => option !== '');
  return options.reduce(withOption, plainMount('tmpfs', '', target));
}

function withOption(mount: MountSpec, option: string): MountSpec {
  if (option === 'ro') return { ...mount, readOnly: true };
  if (option === 'rw') return { ...mount, readOnly: false };
  // A share of the memory is for the kernel to work out.
  if (option.startsWith('size=') && !option.endsWith('%')) {
    return { ...mount, tmpfsSize: BigInt(parseMemorySize(option.slice('size='.length))) };
  }
  if (option.startsWith('mode=')) return { ...mount, tmpfsMode: parseMode(option.slice(5)) };
  return { ...mount, tmpfsOptions: [...mount.tmpfsOptions, option] };
}

/** Permission bits as chmod(1) has them in octal. @throws InvalidArgumentError */
export function parseMode(text: string): number {
  if (/^[0-7]{1,5}$/.test(text) && Number.parseInt(text, 8) <= 0o7777) {
    return Number.parseInt(text, 8);
  }
  throw new InvalidArgumentError(`invalid mode: ${text}: write it in octal, like 1777`);
}

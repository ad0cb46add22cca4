import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FailedPreconditionError } from '@wharf/core';
import { run, tempDir } from '@wharf/testing';
import { lacksArchive } from './debian-archive.js';

export type Architecture = 'amd64' | 'arm64';

const cache = join(import.meta.dirname, '../../node_modules/.cache/wharf-debian');
const binfmt = '/proc/sys/fs/binfmt_misc';
const minutes = 60_000;
/** qemu-user's name for a machine, and e_machine of its programs: elf(5). */
const machines = { amd64: ['x86_64', 62], arm64: ['aarch64', 183] } as const;

/** True when the kernel asks an emulator for some programs, whoever has set it up. */
export function canEmulate(): boolean {
  try {
    return /^enabled/.test(readFileSync(join(binfmt, 'status'), 'utf8'));
  } catch {
    return false;
  }
}

/** True, and the reason said, where an emulator cannot be had for a test: another one is set up, or nothing is there. */
export async function lacksEmulator(): Promise<boolean> {
  const fault = canEmulate()
    ? 'binfmt_misc is already in use here'
    : !readFileSync('/proc/filesystems', 'utf8').includes('\tbinfmt_misc\n')
      ? 'this kernel has no binfmt_misc'
      : undefined;
  if (fault === undefined) return lacksArchive();
  process.stderr.write(`skipped, without an emulator of another machine: ${fault}\n`);
  return true;
}

/**
 * Has the kernel run the programs of another machine by Debian's qemu-user-static, which is not installed. Disposing
 * leaves binfmt_misc as it was.
 */
export async function emulate(own: Architecture, foreign: Architecture): Promise<AsyncDisposable> {
  await using undo = new AsyncDisposableStack();
  const [machine, number] = machines[foreign];
  const folder = await unpacked('qemu-user-static', own);
  const program = join(folder, `usr/bin/qemu-${machine}-static`);
  await succeeded('mount', ['-t', 'binfmt_misc', 'binfmt_misc', binfmt]);
  undo.defer(() => succeeded('umount', [binfmt]));
  const rule = join(binfmt, 'wharf-e2e');
  await writeFile(join(binfmt, 'register'), ruleFor('wharf-e2e', number, program));
  undo.defer(() => writeFile(rule, '-1'));
  const end = undo.move();
  return { [Symbol.asyncDispose]: () => end.disposeAsync() };
}

/** A little endian program of 64 bits; F opens the emulator now, so that no root needs to have it. */
function ruleFor(name: string, machine: number, program: string): string {
  const hex = (...bytes: readonly number[]): string =>
    bytes.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  const nine = new Array<number>(9).fill(0);
  const magic = hex(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, ...nine, 2, 0, machine, 0);
  const mask = hex(
    ...new Array<number>(7).fill(0xff),
    0,
    ...new Array<number>(8).fill(0xff),
    0xfe,
    0xff,
    0xff,
    0xff,
  );
  return `:${name}:M::${magic}:${mask}:${program}:OCF`;
}

/** A shell of Debian for a machine, which needs no libraries. */
export async function busyboxOf(architecture: Architecture): Promise<string> {
  const folder = await unpacked('busybox-static', architecture);
  return join(folder, existsSync(join(folder, 'bin/busybox')) ? 'bin/busybox' : 'usr/bin/busybox');
}

/** The files of a package for a machine, from the archive that this one uses; loaded once and kept. */
async function unpacked(name: string, architecture: Architecture): Promise<string> {
  const path = join(cache, `${name}-${architecture}`);
  if (existsSync(path)) return path;
  await using work = await tempDir('wharf-apt-');
  const file = await downloaded(work.path, `${name}:${architecture}`);
  const draft = `${path}.${process.pid}`;
  await mkdir(draft, { recursive: true });
  await succeeded('dpkg-deb', ['-x', file, draft]);
  await rename(draft, path);
  return path;
}

/** With lists of its own: the apt of this machine does not learn of another architecture. */
async function downloaded(work: string, name: string): Promise<string> {
  for (const folder of ['state/lists/partial', 'cache/archives/partial', 'package'])
    await mkdir(join(work, folder), { recursive: true });
  const status = join(work, 'state/status');
  await writeFile(status, '');
  const options = [
    `Dir::State=${join(work, 'state')}`,
    `Dir::State::status=${status}`,
    `Dir::Cache=${join(work, 'cache')}`,
    'APT::Architectures::=amd64',
    'APT::Architectures::=arm64',
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  await succeeded('apt-get', ['-q', ...options, 'update']);
  const into = join(work, 'package');
  await succeeded('apt-get', ['-q', ...options, 'download', name], into);
  const [file = ''] = await readdir(into);
  return join(into, file);
}

async function succeeded(program: string, args: readonly string[], cwd?: string): Promise<void> {
  const where = cwd === undefined ? {} : { cwd };
  const { code, stderr } = await run(program, args, { ...where, timeout: 3 * minutes });
  if (code === 0) return;
  throw new FailedPreconditionError(`${program} ${args.join(' ')}: ${stderr}`);
}

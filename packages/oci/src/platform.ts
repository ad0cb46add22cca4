import { InvalidArgumentError } from '@wharf/core';
import { every, isAlphaNumeric, quote } from './chars.js';

/** A normalised platform in Go's words: `linux`, `amd64`, variant `v3`. The variant `` is the baseline. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string;
  /** Windows only; matched as text when both sides have one. */
  readonly osVersion?: string;
}

const architectureAliases: ReadonlyMap<string, readonly [architecture: string, variant?: string]> =
  new Map([
    ['i386', ['386']],
    ['i486', ['386']],
    ['i586', ['386']],
    ['i686', ['386']],
    ['x86_64', ['amd64']],
    ['x86-64', ['amd64']],
    ['x64', ['amd64']],
    ['aarch64', ['arm64']],
    ['armhf', ['arm', 'v7']],
    ['armv7l', ['arm', 'v7']],
    ['armel', ['arm', 'v6']],
    ['armv6l', ['arm', 'v6']],
    ['loongarch64', ['loong64']],
  ]);

const knownArchitectures: ReadonlySet<string> = new Set(
  '386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x wasm'.split(
    ' ',
  ),
);

const knownSystems: ReadonlySet<string> = new Set(
  'aix android darwin dragonfly freebsd illumos ios js linux netbsd openbsd plan9 solaris wasip1 windows'.split(
    ' ',
  ),
);

/** What `process.arch` of Node calls an architecture, in Go's words; for Linux, little-endian where both exist. */
const nodeArchitectures: ReadonlyMap<string, string> = new Map([
  ['x64', 'amd64'],
  ['ia32', '386'],
  ['ppc64', 'ppc64le'],
  ['mipsel', 'mipsle'],
]);

/**
 * Reads `os/arch[/variant]`, or one of the two alone, completed from the host's platform.
 * @throws InvalidArgumentError naming the text
 */
export function parsePlatform(text: string, host: Platform): Platform {
  const parts = text.split('/', 4);
  if (text.length > 255 || parts.length > 3 || !parts.every(isWord)) throw refuse(text);
  const [first = '', second, third] = parts;
  if (second !== undefined) return normalisePlatform(first, second, third);
  const alone = normalisePlatform(host.os, first);
  if (knownArchitectures.has(alone.architecture)) {
    return alone.architecture === host.architecture && alone.variant === '' ? host : alone;
  }
  const system = first.toLowerCase() === 'macos' ? 'darwin' : first.toLowerCase();
  if (knownSystems.has(system)) return Object.freeze({ ...host, os: system });
  throw refuse(text);
}

/** Brings aliases to one form: `x86_64` is `amd64`, `aarch64` and `arm64/v8` are `arm64`, `armhf` is `arm/v7`. */
export function normalisePlatform(
  os: string,
  architecture: string,
  variant = '',
  osVersion = '',
): Platform {
  const system = os.toLowerCase() === 'macos' ? 'darwin' : os.toLowerCase();
  const given = architecture.toLowerCase();
  const [name, implied] = architectureAliases.get(given) ?? [given];
  return Object.freeze({
    os: system,
    architecture: name,
    variant: normaliseVariant(name, variant === '' ? (implied ?? '') : variant.toLowerCase()),
    ...(osVersion === '' ? {} : { osVersion }),
  });
}

/** `linux/arm/v7` */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return variant === '' ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}

export function samePlatform(a: Platform, b: Platform): boolean {
  return a.os === b.os && a.architecture === b.architecture && a.variant === b.variant;
}

/**
 * The platform of this host.
 * @param arch what `process.arch` says
 * @param variant of the CPU when the caller probed it: `v3` of amd64, `v6` of arm
 */
export function hostPlatform(arch: string, variant?: string): Platform {
  return normalisePlatform('linux', nodeArchitectures.get(arch) ?? arch, variant);
}

export function isPlatformWord(text: string): boolean {
  return text.length <= 255 && isWord(text);
}

function normaliseVariant(architecture: string, variant: string): string {
  const digits = /^[0-9]$/.test(variant) ? `v${variant}` : variant;
  if (architecture === 'amd64') return digits === 'v1' ? '' : digits;
  if (architecture === 'arm64') return digits === 'v8' ? '' : digits;
  if (architecture === 'arm') return digits === '' ? 'v7' : digits;
  return variant;
}

function isWord(text: string): boolean {
  if (text === '') return false;
  return every(text, (c) => isAlphaNumeric(c) || '._-'.includes(String.fromCharCode(c)));
}

function refuse(text: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `invalid platform ${quote(text)}: write it as os/architecture[/variant], like linux/arm64`,
  );
}

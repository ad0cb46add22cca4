import { formatPlatform, hostPlatform, type Platform } from '@wharf/oci';

/** Of errno(3) ENOEXEC, as the runtimes and the shells say it. */
const noFormat = /exec format error/i;
/** So much of what was said before is looked at with what is said now. */
const keptCharacters = 64;

/** Looks for what a process says that cannot run here. */
export interface ForeignWatch {
  see(data: Uint8Array): void;
  /** What is missing, for the end of a message; empty unless a program of another machine was refused. */
  hint(): string;
}

/** @param platform that the step is for */
export function watchForeign(
  platform: Platform,
  host: Platform = hostPlatform(process.arch),
): ForeignWatch {
  let [before, seen] = ['', false];
  if (platform.architecture === host.architecture) return { see: () => undefined, hint: () => '' };
  return {
    see(data) {
      if (seen) return;
      const text = before + Buffer.from(data).toString('latin1');
      seen = noFormat.test(text);
      before = text.slice(-keptCharacters);
    },
    hint: () => (seen ? hintFor(platform, host) : ''),
  };
}

function hintFor(platform: Platform, host: Platform): string {
  return (
    `: programs for ${formatPlatform(platform)} need an emulator on this host, which is ${formatPlatform(host)}; ` +
    'install qemu-user-static and binfmt-support, which register it with binfmt_misc, ' +
    'or let a stage FROM --platform=$BUILDPLATFORM make what this one only copies'
  );
}

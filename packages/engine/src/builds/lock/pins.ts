import { FailedPreconditionError } from '@wharf/core';
import { shownAddress } from '../address.js';
import type { PinKind, Pins } from '../pins.js';
import { parseLock, printLock, type Lock } from './lock.js';

/** The pins of one build. */
export interface BuildPins extends Pins {
  /** The text of a lock file with what this build has used. */
  print(): string;
  /** What this build has used, by kind and name, of addresses without passwords. */
  readonly used: Lock;
}

const words: Readonly<Record<PinKind, string>> = {
  image: 'the image',
  http: 'the download',
  git: 'the commit of',
};

/** @throws InvalidArgumentError for a text that is no lock file, FailedPreconditionError for `locked` without one */
export function openPins(request: {
  /** The text of Dockerfile.lock, if there is one. */
  readonly lock?: string;
  /** Names that it does not have are refused. */
  readonly locked: boolean;
}): BuildPins {
  const { locked } = request;
  if (locked && request.lock === undefined)
    throw new FailedPreconditionError(
      'there is no Dockerfile.lock: build once without --locked to make it',
    );
  const known = request.lock === undefined ? undefined : withoutPasswords(parseLock(request.lock));
  const noted = {
    image: new Map<string, string>(),
    http: new Map<string, string>(),
    git: new Map<string, string>(),
  } satisfies Lock;
  return {
    locked,
    find(kind, asked) {
      const name = pinnedName(kind, asked);
      const value = known?.[kind].get(name);
      if (value !== undefined || !locked) return value;
      throw new FailedPreconditionError(
        `Dockerfile.lock does not have ${words[kind]} ${name}: build without --locked to add it`,
        { facts: { kind, name } },
      );
    },
    note(kind, name, value) {
      noted[kind].set(pinnedName(kind, name), value);
    },
    print: () => printLock(noted),
    used: noted,
  };
}

/** Lock files are kept beside the Dockerfile, where others read them. */
function pinnedName(kind: PinKind, name: string): string {
  return kind === 'image' ? name : shownAddress(name);
}

function withoutPasswords({ image, http, git }: Lock): Lock {
  const shown = (pins: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
    new Map([...pins].map(([name, value]) => [shownAddress(name), value]));
  return { image, http: shown(http), git: shown(git) };
}

import { FailedPreconditionError, InvalidArgumentError } from '@wharf/core';
import { splitPair } from '../spec/key-values.js';
import { statOf } from './stat-of.js';

/** What the argument of build names. */
export type ContextPlace =
  | { readonly kind: 'stdin' }
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'git'; readonly url: string }
  | { readonly kind: 'http'; readonly url: string };

/** What a --build-context names. */
export type NamedPlace =
  | ContextPlace
  | { readonly kind: 'image'; readonly reference: string }
  /** `:TAG`, `@DIGEST` or empty behind the directory. */
  | { readonly kind: 'layout'; readonly path: string; readonly reference: string }
  | { readonly kind: 'stage'; readonly stage: string };

/** A URL by its form alone, as docker tells git from files; undefined for what is a path. */
export function remotePlace(text: string): ContextPlace | undefined {
  if (/^(?:git|ssh):\/\//i.test(text)) return { kind: 'git', url: text };
  if (/^https?:\/\//i.test(text)) {
    const git = /^[^?#]*\.git(?:[?#].*)?$/s.test(text);
    return { kind: git ? 'git' : 'http', url: text };
  }
  if (/^github\.com\//.test(text)) return { kind: 'git', url: `https://${text}` };
  if (/^[\w.-]+@[\w.-]+:/.test(text)) return { kind: 'git', url: text };
  return undefined;
}

/**
 * What PATH | URL | - names; a directory that exists wins over what looks like a URL.
 * @throws failed-precondition for a path that is no directory
 */
export function contextPlace(text: string): ContextPlace {
  if (text === '-') return { kind: 'stdin' };
  if (text === '')
    throw new InvalidArgumentError('the build context is empty: name a directory, a URL or -');
  const found = statOf(text);
  if (found?.isDirectory() === true) return { kind: 'directory', path: text };
  const remote = remotePlace(text);
  if (remote !== undefined) return remote;
  throw new FailedPreconditionError(
    found === undefined
      ? `unable to prepare context: path ${JSON.stringify(text)} not found`
      : `unable to prepare context: ${JSON.stringify(text)} is no directory: for an archive use \`wharf build - < ${text}\``,
  );
}

/** Reads `NAME=PLACE` of --build-context. @throws InvalidArgumentError */
export function parseNamedContext(text: string): readonly [name: string, place: string] {
  const [name, place] = splitPair(text);
  if (name === '' || place === undefined || place === '') {
    throw new InvalidArgumentError(
      `invalid value ${JSON.stringify(text)} of --build-context: use NAME=DIRECTORY, a URL, docker-image://IMAGE, oci-layout://DIRECTORY or target:STAGE`,
    );
  }
  return [name, place];
}

/** DIRECTORY[:TAG|@DIGEST]; what a directory is called goes before what is read out of its name. */
function layoutPlace(text: string): NamedPlace {
  const [, path = text, reference = ''] =
    /^(.+?)(@sha(?:256|512):[0-9a-f]+|:[\w][\w.-]{0,127})$/s.exec(text) ?? [];
  const whole = statOf(text);
  if (whole?.isDirectory() === true) return { kind: 'layout', path: text, reference: '' };
  const found = statOf(path);
  if (found?.isDirectory() === true) return { kind: 'layout', path, reference };
  throw new FailedPreconditionError(`there is no OCI layout in ${path}: name its directory`);
}

/** What the place of a named context is. @throws failed-precondition for a path that is no directory */
export function namedPlace(place: string): NamedPlace {
  const [, scheme = '', rest = ''] =
    /^(docker-image:\/\/|oci-layout:\/\/|target:)(.*)$/s.exec(place) ?? [];
  if (scheme !== '' && rest === '') {
    throw new InvalidArgumentError(
      `invalid place ${JSON.stringify(place)} of a build context: nothing is named`,
    );
  }
  if (scheme === 'docker-image://') return { kind: 'image', reference: rest };
  if (scheme === 'oci-layout://') return layoutPlace(rest);
  if (scheme === 'target:') return { kind: 'stage', stage: rest };
  if (place === '-')
    throw new InvalidArgumentError('a named build context cannot come from standard input');
  return contextPlace(place);
}

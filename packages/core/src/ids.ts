import { InvalidArgumentError } from './errors.js';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** 64 lower-case hexadecimal digits, random. */
export type ContainerId = Branded<'ContainerId'>;
/** 64 lower-case hexadecimal digits, random. */
export type ExecId = Branded<'ExecId'>;
/** A name by Docker's rule `[a-zA-Z0-9][a-zA-Z0-9_.-]+`, at most 255 characters. */
export type ContainerName = Branded<'ContainerName'>;

const idLength = 64;
const maxNameLength = 255;

function isHexDigit(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 97 && code <= 102);
}

function isAlphanumeric(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}

/** True for 64 lower-case hexadecimal digits. */
export function isFullId(text: string): boolean {
  return text.length === idLength && isHexPrefix(text);
}

/** True for 1 to 64 lower-case hexadecimal digits: text that may be the beginning of an id. */
export function isHexPrefix(text: string): boolean {
  if (text.length === 0 || text.length > idLength) return false;
  for (let i = 0; i < text.length; i++) if (!isHexDigit(text.charCodeAt(i))) return false;
  return true;
}

/** Throws invalid-argument unless `text` is a full id. */
export function parseContainerId(text: string): ContainerId {
  if (!isFullId(text)) throw new InvalidArgumentError('container id must be 64 hexadecimal digits');
  return text as ContainerId;
}

/** Throws invalid-argument unless `text` is a full id. */
export function parseExecId(text: string): ExecId {
  if (!isFullId(text)) throw new InvalidArgumentError('exec id must be 64 hexadecimal digits');
  return text as ExecId;
}

/** Throws invalid-argument with Docker's wording; a leading slash is taken off as Docker does. A name that could be read as a full id is refused. */
export function parseContainerName(text: string): ContainerName {
  const name = text.startsWith('/') ? text.slice(1) : text;
  const valid =
    name.length >= 2 && name.length <= maxNameLength && isAlphanumeric(name.charCodeAt(0));
  if (!valid || !restIsNameLike(name)) {
    throw new InvalidArgumentError(
      `invalid container name (${printable(name)}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
    );
  }
  if (isFullId(name)) {
    throw new InvalidArgumentError(`invalid container name (${name}), it looks like an id`);
  }
  return name as ContainerName;
}

function restIsNameLike(name: string): boolean {
  for (let i = 1; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (!isAlphanumeric(code) && code !== 95 && code !== 46 && code !== 45) return false;
  }
  return true;
}

/** A short, escaped form of untrusted text for messages. */
export function printable(text: string, limit = 100): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}...` : text;
  return JSON.stringify(cut).slice(1, -1);
}

/** The first twelve digits, as tables show them. */
export function shortId(id: string): string {
  const hex = id.startsWith('sha256:') ? id.slice(7) : id;
  return hex.slice(0, 12);
}

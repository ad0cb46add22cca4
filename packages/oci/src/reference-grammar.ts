import {
  every,
  isAlphaNumeric,
  isDigit,
  isHex,
  isLetter,
  isLowerAlphaNumeric,
  skip,
} from './chars.js';

/** The tokens of the grammar of distribution/reference, each in one pass over the text. */

const [dash, dot, underscore, colon] = ['-', '.', '_', ':'].map((c) => c.charCodeAt(0));

/** `[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}` */
export function isTag(text: string): boolean {
  if (text.length === 0 || text.length > 128) return false;
  const first = text.charCodeAt(0);
  if (first === dash || first === dot) return false;
  return every(text, (c) => isAlphaNumeric(c) || c === underscore || c === dot || c === dash);
}

/** Host name, IPv4 or bracketed IPv6 address, and an optional port. */
export function isDomain(text: string): boolean {
  const hostEnd = text.startsWith('[') ? text.indexOf(']') + 1 : indexOrEnd(text, ':');
  const host = text.slice(0, hostEnd);
  const port = text.slice(hostEnd);
  if (port !== '' && !(port.length > 1 && port.startsWith(':') && every(port.slice(1), isDigit))) {
    return false;
  }
  return host.startsWith('[') ? isBracketed(host) : host.split('.').every(isDomainLabel);
}

/** Slash-separated lower-case components; runs of separators inside a component are `.`, `_`, `__` or dashes. */
export function isRepositoryPath(text: string): boolean {
  return text.split('/').every(isPathComponent);
}

/** The outer shape of a digest, `algorithm:hex`; whether it is one that is supported is asked later. */
export function looksLikeDigest(text: string): boolean {
  const at = text.indexOf(':');
  const hex = text.slice(at + 1);
  return at > 0 && isLetter(text.charCodeAt(0)) && hex.length >= 32 && every(hex, isHex);
}

function indexOrEnd(text: string, search: string): number {
  const at = text.indexOf(search);
  return at < 0 ? text.length : at;
}

function isBracketed(host: string): boolean {
  const inner = host.slice(1, -1);
  return host.endsWith(']') && inner !== '' && every(inner, (c) => isHex(c) || c === colon);
}

function isDomainLabel(label: string): boolean {
  if (label === '' || label.startsWith('-') || label.endsWith('-')) return false;
  return every(label, (c) => isAlphaNumeric(c) || c === dash);
}

function isPathComponent(component: string): boolean {
  let at = 0;
  for (;;) {
    const wordEnd = skip(component, at, isLowerAlphaNumeric);
    if (wordEnd === at) return false;
    if (wordEnd === component.length) return true;
    at = separatorEnd(component, wordEnd);
    if (at === wordEnd) return false;
  }
}

function separatorEnd(text: string, from: number): number {
  const first = text.charCodeAt(from);
  if (first === dash) return skip(text, from, (c) => c === dash);
  if (first === dot) return from + 1;
  if (first === underscore) return text.charCodeAt(from + 1) === underscore ? from + 2 : from + 1;
  return from;
}

/**
 * An address without what would let one in, for what is stored and shown (R16, R20): no password, and for http no user, which
 * may be a token. What is no address stays as it is, `git@host:path` too.
 */
export function shownAddress(text: string): string {
  const parts = /^([a-z][a-z0-9+.-]{0,30}):\/\/(.*)$/is.exec(text);
  if (parts === null) return text;
  const [, scheme = '', rest = ''] = parts;
  const authority = /^[^/?#]*/.exec(rest)?.[0] ?? '';
  // An unescaped slash in a password makes an address that nothing can be fetched from.
  const end = URL.canParse(text) ? authority.lastIndexOf('@') : rest.lastIndexOf('@');
  if (end < 0) return text;
  const [user = ''] = rest.slice(0, end).split(':');
  const shown = /^https?$/i.test(scheme) || user === '' ? '' : `${user}@`;
  return `${scheme}://${shown}${rest.slice(end + 1)}`;
}

/** An instruction as it is shown and kept: ADD may have addresses, wherever in it, which are as `shownAddress` has them. */
export function shownInstruction(text: string): string {
  if (!/^ADD\s/i.test(text)) return text;
  return text.replaceAll(/[a-z][a-z0-9+.-]{0,30}:\/\/[^\s"']+/gi, shownAddress);
}

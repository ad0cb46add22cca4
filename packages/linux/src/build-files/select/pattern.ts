import { compileGlob } from '@wharf/dockerfile';

/** Whether a name matches one component of a pattern as Go's filepath.Match has it; a malformed one matches nothing. */
export function componentMatcher(pattern: string): (name: string) => boolean {
  const glob = compileGlob(singleStars(pattern));
  return (name) => glob?.matches(name) === true;
}

/** A component with characters of a pattern. */
export function hasWildcards(component: string): boolean {
  for (let at = 0; at < component.length; at++) {
    const char = component[at] ?? '';
    if (char === '\\') at++;
    else if ('*?['.includes(char)) return true;
  }
  return false;
}

/** A component that is no pattern, without its escapes. */
export function unescaped(component: string): string {
  let text = '';
  for (let at = 0; at < component.length; at++) {
    if (component[at] === '\\' && at + 1 < component.length) at++;
    text += component[at] ?? '';
  }
  return text;
}

/** To filepath.Match several stars are one; to the ignore files, whose patterns these are otherwise, two are any depth. */
function singleStars(pattern: string): string {
  let text = '';
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] ?? '';
    if (char === '\\') text += char + (pattern[++at] ?? '');
    else if (char !== '*' || !text.endsWith('*') || isEscaped(text)) text += char;
  }
  return text;
}

function isEscaped(text: string): boolean {
  let slashes = 0;
  for (let at = text.length - 2; text[at] === '\\'; at--) slashes++;
  return slashes % 2 === 1;
}

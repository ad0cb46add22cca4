/** Resolves `.`, `..` and double slashes as text, never above the root. */
export function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** Whether a path would leave the directory that it is relative to. */
export function leavesRoot(path: string): boolean {
  let depth = 0;
  for (const part of path.split('/')) {
    if (part === '..') depth--;
    else if (part !== '' && part !== '.') depth++;
    if (depth < 0) return true;
  }
  return false;
}

/** An absolute path, a relative one taken from a directory. */
export function joinPath(directory: string, path: string): string {
  return cleanPath(path.startsWith('/') ? path : `${directory}/${path}`);
}

/** Where things are copied to: a slash at the end says that it is a directory. */
export function destinationPath(workdir: string, path: string): string {
  const absolute = joinPath(workdir, path);
  const last = path.slice(path.lastIndexOf('/') + 1);
  const isDirectory = last === '' || last === '.' || last === '..';
  return isDirectory && absolute !== '/' ? `${absolute}/` : absolute;
}

/** Whether a path has the characters of a pattern (path.Match of Go). */
export function hasWildcards(path: string): boolean {
  for (let at = 0; at < path.length; at++) {
    const char = path[at];
    if (char === '\\') at++;
    else if (char === '*' || char === '?' || char === '[') return true;
  }
  return false;
}

/** The path without its last parts from the first with a wildcard on: all of it that is certain. */
export function fixedPart(path: string): string {
  const parts = path.split('/');
  const first = parts.findIndex((part) => hasWildcards(part));
  return first < 0 ? path : parts.slice(0, first).join('/') || '/';
}

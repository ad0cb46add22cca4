/**
 * Cleans a path as Go's filepath.Clean does and takes one slash off its front: `./a//b/../c/` is `a/c`, `/a` is `a`, `/` stays.
 * A `..` that leads out stays too, and then matches nothing.
 */
export function cleanRelative(path: string): string {
  const rooted = path.startsWith('/');
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (!rooted) parts.push(part);
  }
  const clean = parts.join('/');
  if (clean !== '') return clean;
  return rooted ? '/' : '.';
}

/**
 * The names of the ignore files of a Dockerfile, the first that exists counts: `<Dockerfile>.dockerignore` beside it, then
 * `.dockerignore` in the root of the context.
 * @param dockerfile its path as given, relative to the context or to the working directory of the client
 */
export function ignoreFiles(
  dockerfile: string,
): readonly { file: string; from: 'dockerfile' | 'context' }[] {
  return [
    { file: `${dockerfile}.dockerignore`, from: 'dockerfile' },
    { file: '.dockerignore', from: 'context' },
  ];
}

/** The Dockerfile and its ignore file are always sent, whatever the rules: the daemon reads them. They are not in what is copied. */
export function isNeededByBuild(path: string, dockerfile: string): boolean {
  return path === dockerfile || ignoreFiles(dockerfile).some(({ file }) => file === path);
}

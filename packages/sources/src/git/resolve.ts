import { NotFoundError } from '@wharf/core';
import type { Connection } from './connection.js';
import { git } from './process.js';
import type { GitProgram } from './process.js';
import { candidates, isCommitId } from './ref.js';

/** The commit that a ref of a remote means now; of an annotated tag, what it is of. @throws not-found */
export async function resolveRef(
  connection: Connection,
  ref: string | undefined,
  program: GitProgram,
  signal: AbortSignal,
): Promise<string> {
  const names = candidates(ref);
  const asked = names.flatMap((name) => [name, `${name}^{}`]);
  const { settings, env, url } = connection;
  const args = ['ls-remote', '--quiet', '--', url, ...asked];
  const text = (await git(program, { args, settings, env }, signal)).toString('latin1');
  const found = new Map<string, string>();
  for (const line of text.split('\n')) {
    const tab = line.indexOf('\t');
    if (tab >= 0) found.set(line.slice(tab + 1), line.slice(0, tab));
  }
  for (const name of names) {
    const commit = found.get(`${name}^{}`) ?? found.get(name);
    if (commit !== undefined && isCommitId(commit)) return commit;
  }
  throw new NotFoundError('git reference', `${ref ?? 'HEAD'} of ${connection.shown}`, {
    facts: { remote: connection.shown },
  });
}

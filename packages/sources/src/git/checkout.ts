import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { git } from './process.js';
import { remoteText } from './remote.js';
import type { Remote } from './remote.js';
import type { Repository } from './repository.js';

/**
 * Writes the files of a commit into an empty directory. .gitattributes may change line ends, and starts nothing, since no
 * filter is configured: files of LFS stay pointers. git itself refuses paths with `..` or any spelling of `.git`.
 */
export async function checkOut(
  repository: Repository,
  commit: string,
  target: string,
  index: string,
  signal: AbortSignal,
): Promise<void> {
  const { directory, program } = repository;
  const places = [`--git-dir=${directory}`, `--work-tree=${target}`];
  const env = { GIT_INDEX_FILE: index };
  await git(
    program,
    { args: [...places, 'read-tree', '--no-recurse-submodules', commit], env, forOthers: true },
    signal,
  );
  // checkout-index writes below the current directory: -C, or it would be the one that all runs have.
  const args = ['-C', target, ...places, 'checkout-index', '--all', '--force', '--quiet'];
  await git(program, { args, env, forOthers: true }, signal);
}

/**
 * Makes `<target>/.git` a shallow repository at the commit, its HEAD detached, whose bytes depend on the commit and the
 * remote alone: the pack is made anew from what is reachable, and the index knows no times.
 */
export async function makeGitDirectory(
  repository: Repository,
  commit: string,
  remote: Remote,
  target: string,
  signal: AbortSignal,
): Promise<void> {
  const { directory, program } = repository;
  const own = `${target}/.git`;
  const isLong = commit.length === 64;
  for (const name of [
    '',
    '/objects',
    '/objects/pack',
    '/objects/info',
    '/refs',
    '/refs/heads',
    '/refs/tags',
  ]) {
    await mkdir(own + name);
    await chmod(own + name, 0o755);
  }
  const files = { HEAD: commit, shallow: commit, config: configText(remoteText(remote), isLong) };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(`${own}/${name}`, `${text}\n`);
    await chmod(`${own}/${name}`, 0o644);
  }
  const pack = ['pack-objects', '--quiet', '--revs', '--threads=1', '--window=0'];
  const fresh = ['--no-reuse-delta', '--no-reuse-object'];
  const args = [`--git-dir=${directory}`, ...pack, ...fresh, `${own}/objects/pack/pack`];
  const stdin = `--shallow ${commit}\n${commit}\n`;
  await git(program, { args, stdin, forOthers: true }, signal);
}

function configText(url: string, isLong: boolean): string {
  const quoted = `"${url.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  return [
    '[core]',
    `\trepositoryformatversion = ${isLong ? 1 : 0}`,
    '\tfilemode = true',
    '\tbare = false',
    ...(isLong ? ['[extensions]', '\tobjectFormat = sha256'] : []),
    '[remote "origin"]',
    `\turl = ${quoted}`,
    '\tfetch = +refs/heads/*:refs/remotes/origin/*',
  ].join('\n');
}

/** When the commit was made, by its committer's clock. */
export async function committedAt(
  { directory, program }: Repository,
  commit: string,
  signal: AbortSignal,
): Promise<Date> {
  const args = [
    `--git-dir=${directory}`,
    'show',
    '--no-patch',
    '--no-show-signature',
    '--format=%ct',
  ];
  const text = (await git(program, { args: [...args, commit] }, signal)).toString().trim();
  // Beyond the year 9999 no format of ours goes.
  const seconds = Math.min(Math.max(Number(text) || 0, 0), 253_402_300_799);
  return new Date(seconds * 1000);
}

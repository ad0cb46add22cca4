import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { run } from '@wharf/testing';
import { serveHttp } from '../test-fixture.js';

/** Runs git for a test, with its own small configuration; gives what it printed, without the line's end. */
export async function testGit(cwd: string, args: readonly string[], stdin = ''): Promise<string> {
  const env = {
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@example.com',
    GIT_AUTHOR_DATE: '1000000000 +0000',
    GIT_COMMITTER_NAME: 'c',
    GIT_COMMITTER_EMAIL: 'c@example.com',
    GIT_COMMITTER_DATE: '1100000000 +0000',
  };
  const loose = ['-c', 'core.protectNTFS=false', '-c', 'core.protectHFS=false'];
  const result = await run('git', [...loose, '-C', cwd, ...args], { env, stdin });
  if (result.code !== 0) throw new Error(`git ${args.join(' ')}: ${result.stderr}`);
  return result.stdout.trim();
}

/** Entry of a tree that no checkout need be able to write. */
export type TestEntry =
  | { readonly file: string; readonly mode?: '100755' }
  | { readonly link: string }
  | { readonly commit: string }
  | TestTree;
export interface TestTree {
  readonly tree: Readonly<Record<string, TestEntry>>;
}

/** Makes a bare repository of `entries` with one commit on main, and gives the commit. */
export async function makeRepository(
  directory: string,
  tree: TestTree['tree'],
  options: { readonly parent?: string; readonly branch?: string; readonly format?: string } = {},
): Promise<string> {
  const { parent, branch = 'main', format = 'sha1' } = options;
  if (parent === undefined) {
    await run('git', [
      'init',
      '-q',
      '--bare',
      '-b',
      'main',
      `--object-format=${format}`,
      directory,
    ]);
  }
  const id = await writeTree(directory, tree);
  const parents = parent === undefined ? [] : ['-p', parent];
  const commit = await testGit(directory, ['commit-tree', id, ...parents, '-m', 'x']);
  await testGit(directory, ['update-ref', `refs/heads/${branch}`, commit]);
  return commit;
}

async function writeTree(directory: string, tree: TestTree['tree']): Promise<string> {
  let lines = '';
  for (const [name, entry] of Object.entries(tree)) {
    const blob = (text: string) => testGit(directory, ['hash-object', '-w', '--stdin'], text);
    if ('file' in entry)
      lines += `${entry.mode ?? '100644'} blob ${await blob(entry.file)}\t${name}\0`;
    else if ('link' in entry) lines += `120000 blob ${await blob(entry.link)}\t${name}\0`;
    else if ('commit' in entry) lines += `160000 commit ${entry.commit}\t${name}\0`;
    else lines += `040000 tree ${await writeTree(directory, entry.tree)}\t${name}\0`;
  }
  return testGit(directory, ['mktree', '-z', '--missing'], lines);
}

/** A smart http server of all repositories below `root`: git-http-backend(1) behind node:http. */
export function serveGit(
  root: string,
  before: (req: IncomingMessage, res: ServerResponse) => boolean = () => false,
) {
  return serveHttp((req, res) => {
    if (!before(req, res)) backend(root, req, res);
  });
}

function backend(root: string, req: IncomingMessage, res: ServerResponse): void {
  const url = new URL(req.url ?? '/', 'http://x');
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_NOSYSTEM: '1',
      REQUEST_METHOD: req.method,
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: req.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: req.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(req.headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => undefined);
  req.pipe(child.stdin);
  let head = Buffer.alloc(0);
  const onHead = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    child.stdout.off('data', onHead);
    for (const line of head.toString('latin1', 0, end).split('\r\n')) {
      const [name = '', value = ''] = line.split(': ');
      if (name === 'Status') res.statusCode = Number(value.slice(0, 3));
      else res.setHeader(name, value);
    }
    res.write(head.subarray(end + 4));
    child.stdout.pipe(res);
  };
  child.stdout.on('data', onHead);
  child.once('close', () => res.end());
}

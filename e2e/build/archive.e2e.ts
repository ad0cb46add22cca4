import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { useEngine } from '../support.js';
import { file, tar } from '../support/tar.js';
import type { Member } from '../support/tar.js';

const engine = useEngine();

/** What COPY . takes of an archive on standard input. */
async function copied(flags: readonly string[], ...members: readonly Member[]): Promise<string[]> {
  const stdin = gzipSync(tar(...members));
  await engine.ok(['build', '-q', '-t', 'copied', ...flags, '-'], { stdin });
  const { stdout } = await engine.run(['copied', 'find', '/c', '-type', 'f']);
  return stdout.trim().split('\n').sort();
}

const dockerfile = 'FROM busybox\nCOPY . /c/\n';

test('of an archive all is copied, and not what its ignore file leaves out', async () => {
  const files = [
    file('Dockerfile', dockerfile),
    file('a', '1'),
    file('é', '2'),
    file('d/log', '3'),
  ];
  expect(await copied([], ...files)).toEqual(['/c/Dockerfile', '/c/a', '/c/d/log', '/c/é']);
  const ignoring = await copied([], ...files, file('.dockerignore', '**/log\né\n'));
  expect(ignoring).toEqual(['/c/.dockerignore', '/c/Dockerfile', '/c/a']);
});

test('an ignored Dockerfile is found, and is not copied', async () => {
  const files = [file('Dockerfile', dockerfile), file('a', '1')];
  const ignore = file('.dockerignore', 'Dockerfile\n.dockerignore\n');
  expect(await copied([], ...files, ignore)).toEqual(['/c/a']);
});

test('the ignore file beside the Dockerfile counts, wherever that is', async () => {
  const found = await copied(
    ['-f', 'build/app.Dockerfile'],
    ...[file('build/app.Dockerfile', dockerfile), file('a', '1'), file('b', '2')],
    ...[file('build/app.Dockerfile.dockerignore', 'build\nb\n'), file('.dockerignore', 'a\n')],
  );
  expect(found).toEqual(['/c/.dockerignore', '/c/a']);
});

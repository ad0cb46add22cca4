import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run, tempDir } from '@wharf/testing';
import { useEngine } from '../support.js';

const dir = await tempDir();
const { ok, refused } = useEngine();
const layout = join(dir.path, 'layout');
const context = join(dir.path, 'context');
const dockerfile = 'FROM base\nRUN cat /app/greeting > /copy\nCMD ["cat", "/copy"]\n';

/** A layout as another program has written it: two images under tags of their own. */
beforeAll(async () => {
  await mkdir(context);
  for (const greeting of ['one', 'two']) {
    const text = `FROM busybox\nWORKDIR /app\nRUN echo ${greeting} > greeting\nLABEL from=${greeting}\n`;
    await writeFile(join(context, 'Dockerfile'), text);
    await ok(['build', '-q', '-t', greeting, context]);
    const archive = join(dir.path, `${greeting}.tar`);
    await ok(['save', '-o', archive, greeting]);
    const copy = ['copy', `oci-archive:${archive}`, `oci:${layout}:${greeting}`];
    expect((await run('skopeo', ['--insecure-policy', ...copy])).code).toBe(0);
  }
  await ok(['image', 'rm', 'one', 'two']);
  await ok(['builder', 'prune', '-af']);
  await writeFile(join(context, 'Dockerfile'), dockerfile);
});
afterAll(() => dir.remove());

const built = async (place: string): Promise<string> => {
  await ok([
    'build',
    '-q',
    '-t',
    'of-layout',
    '--build-context',
    `base=oci-layout://${place}`,
    context,
  ]);
  const image = await ok(['inspect', '-f', '{{index .Config.Labels "from"}}', 'of-layout']);
  return `${image} ${await ok(['run', '--rm', '--network', 'none', 'of-layout'])}`;
};

interface Index {
  manifests: { digest: string; annotations?: Record<string, string> }[];
}
const index = async (): Promise<Index> =>
  JSON.parse(await readFile(join(layout, 'index.json'), 'utf8')) as Index;

test('a stage begins with an image of a layout, by tag or by digest, which gets no name here', async () => {
  expect(await built(`${layout}:one`)).toBe('one one');
  const two = (await index()).manifests.find(({ annotations }) =>
    Object.values(annotations ?? {}).includes('two'),
  );
  expect(await built(`${layout}@${two?.digest ?? ''}`)).toBe('two two');
  const names = await ok(['images', '--format', '{{.Repository}}']);
  const named = names.split('\n').filter((name) => name !== '<none>');
  expect(named.sort()).toEqual(['busybox', 'of-layout']);
});

test('files of an image of a layout are copied', async () => {
  const path = join(dir.path, 'copying');
  await mkdir(path);
  await writeFile(
    join(path, 'Dockerfile'),
    'FROM busybox\nCOPY --from=other /app/greeting /\nCMD ["cat", "/greeting"]\n',
  );
  await ok([
    'build',
    '-q',
    '-t',
    'copying',
    '--build-context',
    `other=oci-layout://${layout}:two`,
    path,
  ]);
  expect(await ok(['run', '--rm', '--network', 'none', 'copying'])).toBe('two');
});

test('what is not in the layout, or is not what its digest says, is refused', async () => {
  const flag = (place: string) => [
    'build',
    '--no-cache',
    '--build-context',
    `base=oci-layout://${place}`,
    context,
  ];
  expect((await refused(flag(`${layout}:three`))).stderr).toContain('three');
  expect((await refused(flag(context))).stderr).toContain('index.json');
  const blobs = join(layout, 'blobs/sha256');
  for (const name of await readdir(blobs)) {
    const bytes = await readFile(join(blobs, name));
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    await writeFile(join(blobs, name), bytes);
  }
  expect((await refused(flag(`${layout}:one`))).stderr).toContain('is another one');
});

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { PullFrame } from '@wharf/core';
import { imageKey } from '@wharf/dockerfile';
import {
  makeManifest,
  maxDocumentBytes,
  mediaTypes,
  parseConfig,
  parseDigest,
  parseImageIndex,
  parseManifest,
  serialiseManifest,
  type Digest,
} from '@wharf/oci';
import { createFakeArchives } from '../../images/testing/fake-archives.js';
import { createFakeStore } from '../../images/testing/fake-store.js';
import { makeImage, pieces } from '../../images/testing/harbour.js';
import { StagedBlobs } from '../blobs/staged.js';
import { createBaseImages } from '../base/base-images.js';
import { openBench, platform, writes, type Bench } from '../ops/testing/bench.js';
import { exportAll, imageOutput, solveText } from './testing/solve.js';

const text = `FROM scratch AS base
COPY src /src
ENV A=1
FROM base
LABEL from=file
RUN make
RUN true
CMD ["sh"]
`;

async function bench(): Promise<Bench> {
  const opened = await openBench();
  opened.step = (request) =>
    request.args.at(-1) === 'make' ? writes({ 'out/app': 'app' })(request) : Promise.resolve({});
  return opened;
}

const read = (one: Bench, digest: string): Promise<Uint8Array> =>
  one.harbour.deps.content.read(parseDigest(digest), maxDocumentBytes);

async function imageOf(one: Bench, digest: string) {
  const manifest = parseManifest(await read(one, digest));
  return { manifest, config: parseConfig(await read(one, manifest.config.digest)) };
}

describe('an image', () => {
  test('has the same digests on any daemon, and again on this one', async () => {
    const digests: string[] = [];
    for (const rounds of [1, 2]) {
      await using one = await bench();
      for (let at = 0; at < rounds; at++) {
        const { exported } = await exportAll(
          one,
          [await solveText(one, text)],
          [imageOutput(['app'])],
        );
        digests.push(exported.image?.digest ?? '');
      }
    }
    expect(new Set(digests).size).toBe(1);
  });

  test('tells how it came to be: an entry for each instruction, a layer where it changed something', async () => {
    await using one = await bench();
    const { exported } = await exportAll(one, [await solveText(one, text)], [imageOutput(['app'])]);
    const { config, manifest } = await imageOf(one, exported.image!.digest);
    expect(config.history.map((entry) => `${entry.createdBy} ${entry.emptyLayer}`)).toEqual([
      'COPY src /src false',
      'ENV A=1 true',
      'LABEL from=file true',
      'RUN /bin/sh -c make false',
      'RUN /bin/sh -c true true',
      'CMD ["sh"] true',
    ]);
    expect(config.diffIds).toHaveLength(2);
    expect(manifest.layers).toHaveLength(2);
    expect(config.created).toBe('2000-01-01T00:00:00.000Z');
    expect(config.config).toMatchObject({ command: ['sh'], labels: { from: 'file' } });
    expect(config.config.env).toContain('A=1');
    const documents = [exported.image!.digest, exported.image!.imageId] as Digest[];
    const all = [...documents, ...manifest.layers.map(({ digest }) => digest)];
    expect(all.every((digest) => one.held.has(digest))).toBe(true);
  });

  test('gets its names last, labels and annotations of the command line with it', async () => {
    await using one = await bench();
    const spec = {
      labels: new Map([['from', 'flag']]),
      annotations: new Map([
        ['org.example.b', '2'],
        ['manifest:org.example.a', '1'],
      ]),
    };
    const { exported } = await exportAll(
      one,
      [await solveText(one, text)],
      [imageOutput(['app', 'localhost:5000/app:1', 'app:latest'])],
      { spec },
    );
    const { digest, imageId, names } = exported.image!;
    expect(names).toEqual(['app:latest', 'localhost:5000/app:1']);
    const { config, manifest } = await imageOf(one, digest);
    expect(config.config.labels).toEqual({ from: 'flag' });
    expect({ ...manifest.annotations }).toEqual({ 'org.example.a': '1', 'org.example.b': '2' });
    expect(one.harbour.deps.records.byName('docker.io/library/app:latest')).toMatchObject({
      digest,
      manifests: [{ unpacked: true, configDigest: imageId }],
    });
    expect(exported.metadata).toMatchObject({
      'containerimage.digest': digest,
      'containerimage.config.digest': imageId,
      'image.name': 'app:latest,localhost:5000/app:1',
    });
  });

  test('of several platforms is an index', async () => {
    await using one = await bench();
    const solved = [
      await solveText(one, text),
      await solveText(one, text, { platform: 'linux/arm64' }),
    ];
    const spec = { annotations: new Map([['index:org.example.a', '1']]) };
    const { exported } = await exportAll(one, solved, [imageOutput(['app'])], { spec });
    const { digest, imageId } = exported.image!;
    expect(imageId).toBe('');
    const index = parseImageIndex(await read(one, digest));
    expect(index.manifests.map(({ platform }) => platform?.architecture)).toEqual([
      'amd64',
      'arm64',
    ]);
    expect({ ...index.annotations }).toEqual({ 'org.example.a': '1' });
    const found = one.harbour.deps.records.byName('docker.io/library/app:latest');
    expect(found?.manifests.map(({ platform }) => platform).sort()).toEqual([
      'linux/amd64',
      'linux/arm64',
    ]);
  });

  test('with attestations has them beside it in an index', async () => {
    await using one = await bench();
    const { content } = one.harbour.deps;
    const attest = async () => {
      const empty = await content.put(Buffer.from('{}'), { signal: one.harbour.signal });
      const config = { mediaType: mediaTypes.ociEmpty, ...empty };
      const bytes = serialiseManifest(makeManifest(config, []));
      return [{ mediaType: mediaTypes.ociManifest, bytes, annotations: { a: 'b' } }];
    };
    const { exported } = await exportAll(one, [await solveText(one, text)], [imageOutput([])], {
      deps: { attest },
    });
    const index = parseImageIndex(await read(one, exported.image!.digest));
    expect(index.manifests).toHaveLength(2);
    expect({ ...index.manifests[1]?.annotations }).toEqual({ a: 'b' });
  });

  test('is compressed as each output wants it, and a layer is packed once', async () => {
    await using one = await bench();
    const solved = [await solveText(one, text)];
    const outputs = [
      imageOutput(['app']),
      imageOutput(['app:again']),
      imageOutput(['plain'], { compression: 'none' }),
    ];
    let packed = 0;
    const { pack } = one.harbour.deps;
    const counting = {
      ...pack,
      packLayer: (...request: Parameters<typeof pack.packLayer>) => {
        packed += 1;
        return pack.packLayer(...request);
      },
    };
    await exportAll(one, solved, outputs, { deps: { pack: counting } });
    await exportAll(one, solved, outputs, { deps: { pack: counting } });
    expect(packed).toBe(4);
    const { records } = one.harbour.deps;
    const plain = records.byName('docker.io/library/plain:latest');
    const { manifest, config } = await imageOf(one, plain!.digest);
    expect(manifest.layers.map(({ digest }) => digest)).toEqual(config.diffIds);
    expect(records.byName('docker.io/library/app:again')?.digest).toBe(
      records.byName('docker.io/library/app:latest')?.digest,
    );
  });

  test('takes the blobs that were made with its layers, and is the same', async () => {
    await using packed = await bench();
    const expected = await exportAll(
      packed,
      [await solveText(packed, text)],
      [imageOutput(['app'])],
    );
    await using one = await bench();
    const { pack, content } = one.harbour.deps;
    const packLayer = () => Promise.reject(new RangeError('packed again'));
    await using staged = new StagedBlobs('gzip', one.deps.scratch);
    const solved = [await solveText(one, text, { blobs: staged })];
    expect(await content.list()).toEqual([]);
    const outputs = [imageOutput(['app']), imageOutput(['app:again'])];
    const { exported } = await exportAll(one, solved, outputs, {
      staged,
      deps: { pack: { ...pack, packLayer } },
    });
    expect(exported.image?.digest).toBe(expected.exported.image?.digest);
    const { manifest } = await imageOf(one, exported.image!.digest);
    for (const { digest, size } of manifest.layers) {
      expect(await content.find(digest)).toBe(size);
      expect(one.held.has(digest)).toBe(true);
    }
  });

  test('is refused when the files of a layer are no longer what they were', async () => {
    await using one = await bench();
    const solved = await solveText(one, text);
    const result = solved.result(solved.plan.target.result);
    const [top = ''] = one.deps.layers.directories(result.kind === 'layers' ? result.diffIds : []);
    await writeFile(join(top, 'more'), 'more');
    await expect(exportAll(one, [solved], [imageOutput(['app'])])).rejects.toMatchObject({
      code: 'data-loss',
    });
    expect(one.harbour.deps.records.targets()).toEqual([]);
  });

  test.each([
    ['a digest', imageOutput([`app@sha256:${'a'.repeat(64)}`]), {}],
    ['no name', imageOutput(['App']), {}],
    ['an annotation of a place that is none', imageOutput([]), { 'layer:a': 'b' }],
    ['an annotation without a key', imageOutput([]), { 'manifest:': 'b' }],
  ])('is refused with %s', async (_what, output, annotations) => {
    await using one = await bench();
    const spec = { annotations: new Map(Object.entries(annotations)) };
    await expect(
      exportAll(one, [await solveText(one, text)], [output], { spec }),
    ).rejects.toMatchObject({ code: 'invalid-argument' });
  });
});

describe('an image on a base image', () => {
  const reference = 'docker.io/library/a:1';
  const onBase = `FROM a:1\nENV A=1\nCOPY src /src\n`;

  async function withBase(one: Bench) {
    const { deps } = one.harbour;
    const base = await makeImage(one.harbour, { names: [reference], compression: 'zstd' });
    const pulled: string[] = [];
    const { obtain } = createBaseImages({
      ...deps,
      async *pull(ref): AsyncGenerator<PullFrame> {
        pulled.push(ref);
        yield* [];
        await makeImage(one.harbour, { names: [reference], compression: 'zstd' });
      },
    });
    Object.assign(one.deps.baseLayers, { obtain });
    const config = await deps.documents.config(base.imageId);
    const { digest } = base.target;
    const images = new Map([
      [imageKey(reference, platform), { config: config.config, platform, digest }],
    ]);
    return { base, pulled, solved: await solveText(one, onBase, { images }) };
  }

  test('has its blobs as they are, its history, and what is new on top', async () => {
    await using one = await bench();
    const { base, solved, pulled } = await withBase(one);
    const { exported } = await exportAll(one, [solved], [imageOutput(['app'])]);
    const { config, manifest } = await imageOf(one, exported.image!.digest);
    expect(manifest.layers.map(({ mediaType }) => mediaType)).toEqual([
      mediaTypes.ociLayerZstd,
      mediaTypes.ociLayerZstd,
      mediaTypes.ociLayerGzip,
    ]);
    expect(config.diffIds.slice(0, 2)).toEqual(base.layers.map(({ diffId }) => diffId));
    expect(config.config.command).toEqual(['sh']);
    expect(config.history.map(({ createdBy, emptyLayer }) => [createdBy, emptyLayer])).toEqual([
      ['', false],
      ['', false],
      ['ENV A=1', true],
      ['COPY src /src', false],
    ]);
    expect(pulled).toEqual([]);
  });

  test('is the same when that image was removed meanwhile: it is pulled by its digest', async () => {
    await using one = await bench();
    const { base, solved, pulled } = await withBase(one);
    const first = await exportAll(one, [solved], [imageOutput(['app'])]);
    const { records, state, content } = one.harbour.deps;
    state.transaction((tx) => {
      records.removeTarget(tx, base.target.digest);
      records.removeManifest(tx, base.target.digest);
    });
    await content.remove(base.target.digest);
    const again = await exportAll(one, [solved], [imageOutput(['app'])]);
    expect(again.exported.image).toEqual(first.exported.image);
    expect(pulled).toEqual([`docker.io/library/a:1@${base.target.digest}`]);
  });
});

test('a stage that begins with the files of a context has a layer of them', async () => {
  await using one = await bench();
  const solved = await solveText(one, 'FROM scratch\nCOPY . /\nRUN make\n');
  const { ops } = solved.plan;
  const tree = { kind: 'tree', digest: one.trees.add({ a: 'a' }) } as const;
  const onTree = {
    ...solved,
    result: (id: number) => (ops[id]?.kind === 'scratch' ? tree : solved.result(id)),
  };
  const { exported } = await exportAll(one, [onTree], [imageOutput([])]);
  const { config } = await imageOf(one, exported.image!.digest);
  expect(config.history.filter(({ emptyLayer }) => !emptyLayer)).toHaveLength(
    config.diffIds.length,
  );
});

describe('a push', () => {
  test('brings the image to each name, as it is, and keeps it here or not', async () => {
    await using one = await bench();
    const store = createFakeStore();
    const solved = [await solveText(one, text)];
    const deps = { registry: store.port };
    const names = ['localhost:5000/a:1', 'localhost:5000/b:1'];
    const away = imageOutput(names, { push: true, store: false });
    const { exported } = await exportAll(one, solved, [away], { deps });
    expect([...store.manifests.keys()].filter((key) => key.endsWith(':1'))).toEqual(names);
    expect(one.harbour.deps.records.targets()).toEqual([]);
    await exportAll(one, solved, [imageOutput(names, { push: true })], { deps });
    expect(one.harbour.deps.records.byName('localhost:5000/a:1')).toMatchObject({
      digest: exported.image?.digest,
      repositories: ['localhost:5000/a', 'localhost:5000/b'],
    });
  });
});

describe('bytes of an output', () => {
  test.each(['oci', 'docker'] as const)('are an archive for %s, with its names', async (kind) => {
    await using one = await bench();
    const output = { kind, names: ['app:1'], compression: 'none' } as const;
    const { frames, exported } = await exportAll(one, [await solveText(one, text)], [output]);
    expect(frames.at(-1)).toMatchObject({ index: 0, last: true, data: new Uint8Array() });
    const archive = Buffer.concat(frames.map(({ data }) => data));
    const members: string[] = [];
    const { signal } = new AbortController();
    for await (const events of createFakeArchives().read(pieces(archive), {
      signal,
      maxMembers: 99,
    }))
      for (const event of events) if (event.kind === 'member') members.push(event.member.path);
    expect(members).toContain(`blobs/sha256/${exported.image!.digest.slice(7)}`);
    expect(members.includes('manifest.json')).toBe(kind === 'docker');
    expect(one.harbour.deps.records.targets()).toEqual([]);
  });

  test('are the files of the target, of several platforms each in its directory', async () => {
    await using one = await bench();
    const solved = await solveText(one, text);
    const { frames, exported } = await exportAll(one, [solved], [{ kind: 'files' }]);
    expect(frames.map(({ data }) => Buffer.from(data).toString())).toEqual(['2', '']);
    expect(exported).toEqual({ metadata: {} });
    expect(one.scratches.size).toBe(0);
    const both = [solved, await solveText(one, text, { platform: 'linux/arm64' })];
    const split = await exportAll(one, both, [{ kind: 'files' }]);
    expect(Buffer.from(split.frames[0]?.data ?? []).toString()).toBe('"directory"');
    const copies = one.files.calls.filter((call) => call.startsWith('copy to /linux_'));
    expect(copies).toEqual(['copy to /linux_amd64/ over 0', 'copy to /linux_arm64/ over 0']);
    expect(one.scratches.size).toBe(0);
  });
});

test('a cache is exported by who can, and refused where nobody can', async () => {
  await using one = await bench();
  const solved = [await solveText(one, text)];
  const spec = { cacheTo: [{ kind: 'inline' }] } as const;
  await expect(exportAll(one, solved, [], { spec })).rejects.toMatchObject({
    code: 'unimplemented',
  });
});

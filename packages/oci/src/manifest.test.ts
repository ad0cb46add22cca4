import { WharfError } from '@wharf/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseConfig } from './config.js';
import {
  makeImageIndex,
  makeManifestList,
  parseImageIndex,
  parseManifestOrIndex,
  serialiseImageIndex,
} from './image-index.js';
import {
  checkLayerCount,
  isImageManifest,
  makeManifest,
  parseManifest,
  serialiseManifest,
} from './manifest.js';
import { mediaTypes } from './mediatypes.js';
import { normalisePlatform } from './platform.js';

const digest = `sha256:${'ab'.repeat(32)}`;
const config = { mediaType: mediaTypes.ociConfig, digest, size: 7 };
const layer = { mediaType: mediaTypes.ociLayerGzip, digest, size: 32 };
const body = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer] };
const entry = { mediaType: mediaTypes.ociManifest, digest, size: 400 };
const list = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [entry] };

/** The message comes first so that it is in the title. */
function messageFirst(cases: [unknown, string][]): [string, unknown][] {
  return cases.map(([input, message]) => [message, input]);
}

const bytes = (value: unknown) =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));

describe('parseManifest', () => {
  test('reads an OCI manifest into frozen values', () => {
    const manifest = parseManifest(bytes({ ...body, annotations: { a: 'b' } }));
    expect(manifest).toMatchObject({
      kind: 'manifest',
      config,
      layers: [layer],
      annotations: { a: 'b' },
    });
    expect(Object.isFrozen(manifest) && Object.isFrozen(manifest.layers[0])).toBe(true);
    expect(isImageManifest(manifest)).toBe(true);
  });

  test('reads Docker schema 2, under a header with parameters', () => {
    const docker = { ...body, mediaType: mediaTypes.dockerManifest };
    const manifest = parseManifest(bytes(docker), {
      contentType: `${mediaTypes.dockerManifest}; charset=utf-8`,
      descriptorType: mediaTypes.dockerManifest,
    });
    expect(manifest.mediaType).toBe(mediaTypes.dockerManifest);
  });

  test('an OCI body without media type takes the claimed one, or that of its shape', () => {
    const { mediaType, ...bare } = body;
    expect(parseManifest(bytes(bare)).mediaType).toBe(mediaType);
    expect(parseManifest(bytes(bare), { contentType: mediaType }).mediaType).toBe(mediaType);
    expect(() => parseManifest(bytes(bare), { contentType: mediaTypes.dockerManifest })).toThrow(
      'mediaType: is missing',
    );
  });

  test('header, descriptor and body must agree', () => {
    for (const claims of [
      { contentType: mediaTypes.dockerManifest },
      { descriptorType: mediaTypes.ociIndex },
      { contentType: 'application/json' },
      { contentType: mediaTypes.ociManifest, descriptorType: mediaTypes.dockerManifest },
    ]) {
      expect(() => parseManifest(bytes(body), claims)).toThrow('is said to be both');
    }
    expect(() => parseManifest(bytes(body), { contentType: 'nonsense' })).toThrow(
      'invalid media type',
    );
  });

  test.each(
    messageFirst([
      [{ ...body, manifests: [] }, 'manifests: is not allowed'],
      [{ ...body, fsLayers: [] }, 'fsLayers: is not allowed'],
      [{ ...body, schemaVersion: 1 }, 'schema 1'],
      [{ ...body, schemaVersion: '2' }, 'schemaVersion'],
      [{ ...body, schemaVersion: undefined }, 'schemaVersion: must be 2'],
      [{ ...body, mediaType: 'text/plain' }, 'is no type of an image manifest'],
      [{ ...body, mediaType: 7 }, 'mediaType: must be a string'],
      [{ ...body, layers: {} }, 'layers: must be a list'],
      [{ ...body, layers: undefined }, 'layers: is missing'],
      [{ ...body, config: undefined }, 'config: is missing'],
      [{ ...body, config: [] }, 'config: must be an object'],
      [{ ...body, layers: [{ ...layer, size: -1 }] }, 'layers[0].size'],
      [{ ...body, layers: [{ ...layer, size: '32' }] }, 'layers[0].size'],
      [{ ...body, layers: [{ ...layer, size: undefined }] }, 'layers[0].size: is missing'],
      [
        { ...body, layers: [{ ...layer, digest: 'sha256:../../x' }] },
        'layers[0].digest: invalid digest',
      ],
      [{ ...body, layers: [layer, 5] }, 'layers[1]: must be an object'],
      [{ ...body, layers: Array(129).fill(layer) }, 'the limit is 128'],
      [{ ...body, annotations: { a: 1 } }, 'annotations'],
      [{ ...body, annotations: { a: 'x'.repeat(70_000) } }, 'longer than'],
      [[body], 'must be an object'],
      [null, 'must be an object'],
      [JSON.stringify(body).replace('"size":32', '"size":32.0'), 'layers[0].size'],
      [JSON.stringify(body).replace('"size":32', '"size":9007199254740993'), 'beyond 2^53-1'],
      [JSON.stringify(body).replace('"size":32', '"size":32,"size":33'), 'duplicate key'],
      [`${JSON.stringify(body)} `.padEnd((4 << 20) + 1), 'the limit is 4194304'],
    ]),
  )('refuses what it answers with %s (%#)', (message, document) => {
    expect(() => parseManifest(bytes(document))).toThrow(message);
    expect(() => parseManifest(bytes(document))).toThrow(WharfError);
  });

  test('a million layers or annotations are refused', () => {
    const layers = `{"schemaVersion":2,"layers":[${'{},'.repeat(1_000_000)}{}]}`;
    expect(() => parseManifest(bytes(layers))).toThrow('more than 200000 values');
    const many = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`k${i}`, '']));
    expect(() => parseManifest(bytes({ ...body, annotations: many }))).toThrow('the limit is 1000');
  });

  test('an artifact parses but is no image', () => {
    const artifact = { ...body, config: { ...config, mediaType: mediaTypes.ociEmpty } };
    expect(isImageManifest(parseManifest(bytes(artifact)))).toBe(false);
    const attestation = {
      ...body,
      layers: [{ ...layer, mediaType: 'application/vnd.in-toto+json' }],
    };
    expect(isImageManifest(parseManifest(bytes(attestation)))).toBe(false);
  });

  test('as many diff ids as layers', () => {
    const image = {
      os: 'linux',
      architecture: 'amd64',
      rootfs: { type: 'layers', diff_ids: [digest] },
    };
    const parsed = parseConfig(bytes(image));
    const manifest = parseManifest(bytes(body));
    checkLayerCount(manifest, parsed);
    expect(() => checkLayerCount({ ...manifest, layers: [] }, parsed)).toThrow(
      expect.objectContaining({ code: 'data-loss' }),
    );
  });
});

describe('parseImageIndex', () => {
  test('reads entries with normalised platforms', () => {
    const platform = { os: 'linux', architecture: 'aarch64', variant: 'v8' };
    const index = parseImageIndex(bytes({ ...list, manifests: [entry, { ...entry, platform }] }));
    expect(index.manifests[0]).not.toHaveProperty('platform');
    expect(index.manifests[1]?.platform).toEqual({
      os: 'linux',
      architecture: 'arm64',
      variant: '',
    });
  });

  test.each(
    messageFirst([
      [{ ...list, layers: [] }, 'layers: is not allowed'],
      [{ ...list, config }, 'config: is not allowed'],
      [{ ...list, manifests: Array(1001).fill(entry) }, 'the limit is 1000'],
      [
        { ...list, manifests: [{ ...entry, platform: { os: {}, architecture: 'x' } }] },
        'platform.os',
      ],
      [
        { ...list, manifests: [{ ...entry, platform: { os: 'a/b', architecture: 'x' } }] },
        'platform.os',
      ],
      [body, 'not an index'],
    ]),
  )('refuses what it answers with %s (%#)', (message, document) => {
    expect(() => parseImageIndex(bytes(document))).toThrow(message);
  });

  test('either kind is told apart', () => {
    expect(parseManifestOrIndex(bytes(body)).kind).toBe('manifest');
    expect(parseManifestOrIndex(bytes({ ...list, mediaType: undefined })).kind).toBe('index');
    expect(() => parseManifest(bytes(list))).toThrow('an image index, not a manifest');
  });
});

describe('writing', () => {
  test('what is written reads back equal, and is the same bytes again', () => {
    const manifest = parseManifest(
      bytes({
        ...body,
        subject: entry,
        artifactType: 'a/b',
        annotations: { z: '1', '7': '2', __proto__x: '3' },
      }),
    );
    const written = serialiseManifest(manifest);
    expect(parseManifest(written)).toEqual(manifest);
    expect(serialiseManifest(parseManifest(written))).toEqual(written);
    const made = makeManifest(manifest.config, manifest.layers);
    expect(parseManifest(serialiseManifest(made))).toEqual(made);
  });

  test('an index too', () => {
    const made = makeImageIndex([
      { ...parseManifest(bytes(body)).config, platform: normalisePlatform('linux', 'arm', 'v6') },
    ]);
    expect(parseImageIndex(serialiseImageIndex(made))).toEqual(made);
  });
});

describe('a manifest list', () => {
  const entry = (mediaType: string) => ({ ...parseManifest(bytes(body)).config, mediaType });
  const { dockerManifest, dockerList, ociManifest, ociIndex } = mediaTypes;

  test.each([
    [dockerList, [dockerManifest, dockerManifest]],
    [ociIndex, [ociManifest, ociManifest]],
    [ociIndex, [dockerManifest, ociManifest]],
    [ociIndex, []],
  ])('is of the type %s for %j', (wanted, types) => {
    const made = makeManifestList(types.map(entry));
    expect(made.mediaType).toBe(wanted);
    expect(parseImageIndex(serialiseImageIndex(made))).toEqual(made);
  });

  test('with annotations is an index, which alone has them', () => {
    const made = makeManifestList([{ ...entry(dockerManifest), annotations: { a: 'b' } }]);
    expect(made.mediaType).toBe(ociIndex);
  });
});

test('any mutation of a manifest parses or fails with a WharfError', () => {
  const good = bytes({ ...body, annotations: { a: 'b' } });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 }),
      (edits) => {
        const mutated = Uint8Array.from(good);
        for (const [at, value] of edits) mutated[at] = value;
        try {
          parseManifestOrIndex(mutated);
        } catch (error) {
          expect(error).toBeInstanceOf(WharfError);
        }
      },
    ),
    { numRuns: 1000 },
  );
});

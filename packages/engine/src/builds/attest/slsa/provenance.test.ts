import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BuildSpec } from '@wharf/core';
import type { Op } from '@wharf/dockerfile';
import type { Digest } from '@wharf/oci';
import { emptySpec } from '../../ops/testing/bench.js';
import type { SolvedPlan } from '../../outputs.js';
import { amd64, planOf } from '../../testing/plans.js';
import type { BuildFacts } from '../facts.js';
import { provenanceMetadata } from '../metadata.js';
import { provenanceText } from './provenance.js';
import { addressUri, baseImageUri } from './uri.js';

const hex = (digit: string): string => digit.repeat(64);
const commit = 'c'.repeat(40);

const dockerfile = `FROM busybox AS build
ARG VERSION=1
RUN --mount=type=secret,id=npm make $VERSION
ADD https://user:pass@example.org/a.tar /a
ADD https://git.example.org/a.git#main /src
COPY --from=unused:2 /etc/x /x
FROM unneeded AS unneeded
FROM build
COPY src /src
RUN true
`;

/** Each operation adds a layer, each source is a tree. */
function solve(text: string): SolvedPlan {
  const plan = planOf(text);
  const height = (op: Op): number =>
    op.kind === 'image' ? 1 : 'base' in op ? height(plan.ops[op.base] as Op) + 1 : 0;
  return {
    platform: amd64,
    plan,
    key: (id) => `key${id}`,
    result(id) {
      const op = plan.ops[id] as Op;
      if (op.kind !== 'image' && op.kind !== 'scratch' && !('base' in op))
        return { kind: 'tree', digest: `sha256:${hex('e')}` };
      const diffIds = Array.from({ length: height(op) }, (_, at) => `sha256:${hex(String(at))}`);
      return { kind: 'layers', diffIds: diffIds as Digest[] };
    },
  };
}

const facts: BuildFacts = {
  startedAt: new Date('2024-01-02T03:04:05.678Z'),
  finishedAt: new Date('2024-01-02T03:05:00.000Z'),
  builderPlatform: amd64,
  sources: new Map([['Dockerfile', { text: dockerfile }]]),
  used: {
    image: new Map([
      ['docker.io/library/busybox:latest linux/amd64', `sha256:${hex('a')}`],
      ['docker.io/library/unused:2 linux/amd64', `sha256:${hex('b')}`],
    ]),
    http: new Map([['https://example.org/a.tar', `sha256:${hex('d')}`]]),
    git: new Map([['https://git.example.org/a.git#main', commit]]),
  },
};

const secret = { id: 'npm', value: Buffer.from('canary-of-secrets') };

function request(change: Partial<BuildSpec> = {}, text = dockerfile) {
  const spec: BuildSpec = {
    ...emptySpec(),
    context: { kind: 'tree', digest: `sha256:${hex('e')}` },
    buildArgs: new Map([
      ['VERSION', '2'],
      ['https_proxy', 'http://me:canary-of-proxies@proxy'],
    ]),
    labels: new Map([['a', 'b']]),
    secrets: [secret],
    sshAgents: ['default'],
    ...change,
  };
  return { buildId: 'build-7', spec, solved: solve(text), epochSeconds: 5, facts };
}

interface Provenance {
  readonly buildDefinition: {
    readonly resolvedDependencies: readonly unknown[];
    readonly internalParameters: {
      readonly buildConfig?: { readonly steps: readonly Readonly<Record<string, unknown>>[] };
    };
  };
  readonly runDetails: { readonly metadata: Readonly<Record<string, unknown>> };
}

const textOf = (mode: 'min' | 'max', given = request()): string =>
  [...provenanceText(given, mode)].join('');
const provenance = (mode: 'min' | 'max', given = request()): Provenance =>
  JSON.parse(textOf(mode, given)) as Provenance;

const remote = [
  {
    uri: 'https://example.org/a.tar',
    digest: { sha256: hex('d') },
  },
  {
    uri: 'https://git.example.org/a.git#main',
    digest: { sha1: commit, gitCommit: commit },
  },
  {
    uri: 'pkg:docker/busybox@latest?platform=linux%2Famd64',
    digest: { sha256: hex('a') },
  },
  {
    uri: 'pkg:docker/unused@2?platform=linux%2Famd64',
    digest: { sha256: hex('b') },
  },
];

describe('provenance', () => {
  test('of mode min names what was taken, and no values, times or ids', () => {
    const found = provenance('min');
    expect(found).toMatchObject({
      buildDefinition: {
        buildType: 'urn:wharf:build:dockerfile:v1',
        externalParameters: {
          configSource: { path: 'Dockerfile' },
          request: {
            frontend: 'dockerfile.v0',
            args: { platform: 'linux/amd64' },
            locals: [{ name: 'context' }],
          },
        },
        internalParameters: { builderPlatform: 'linux/amd64', sourceDateEpoch: 5 },
      },
      runDetails: { builder: { id: 'urn:wharf:builder' } },
    });
    expect(found.buildDefinition.resolvedDependencies).toEqual(remote);
    expect(found.runDetails.metadata).toEqual({
      wharf_completeness: { request: false, resolvedDependencies: false },
      wharf_hermetic: false,
    });
    const again = { ...facts, startedAt: new Date(0), finishedAt: new Date(1) };
    expect(textOf('min', { ...request(), buildId: 'another', facts: again })).toBe(textOf('min'));
    expect(textOf('min')).not.toMatch(/VERSION|npm|2024|build-7/);
  });

  test('of mode max has values, steps, the Dockerfile and when it ran, and no secret', () => {
    const text = textOf('max');
    const found = JSON.parse(text) as Provenance;
    expect(found).toMatchObject({
      buildDefinition: {
        externalParameters: {
          request: {
            args: { 'build-arg:VERSION': '2', 'label:a': 'b' },
            secrets: [{ id: 'npm' }],
            ssh: [{ id: 'default' }],
          },
        },
        internalParameters: {
          buildConfig: {
            sources: [{ name: 'Dockerfile', content: Buffer.from(dockerfile).toString('base64') }],
          },
        },
      },
    });
    expect(found.buildDefinition.resolvedDependencies).toEqual([
      { name: 'context', digest: { sha256: hex('e') } },
      ...remote,
    ]);
    expect(found.runDetails.metadata).toEqual({
      invocationId: 'build-7',
      startedOn: '2024-01-02T03:04:05Z',
      finishedOn: '2024-01-02T03:05:00Z',
      wharf_completeness: { request: true, resolvedDependencies: false },
      wharf_hermetic: false,
    });
    expect(text).not.toContain('canary');
  });

  test('tells of each step its line, its inputs and what it gave', () => {
    const { steps = [] } = provenance('max').buildDefinition.internalParameters.buildConfig ?? {};
    const lines = steps.map(({ kind, instruction, source }) => `${kind} ${instruction ?? source}`);
    expect(lines).toContain('run RUN --mount=type=secret,id=npm make $VERSION');
    expect(lines).toContain('http https://example.org/a.tar');
    expect(lines.join()).not.toContain('unneeded');
    const ids = new Set(steps.map(({ id }) => id));
    for (const { inputs } of steps)
      for (const input of inputs as readonly string[]) expect(ids.has(input)).toBe(true);
    expect(steps.every(({ id, cacheKey }) => cacheKey === `key${String(id).slice(4)}`)).toBe(true);
    expect(steps.filter(({ layer, tree }) => layer === undefined && tree === undefined)).toEqual(
      [],
    );
  });

  test.each([
    ['without RUN and files of the caller', 'FROM busybox\nENV a=b\n', {}, true],
    ['with RUN', 'FROM busybox\nRUN a\n', {}, false],
    ['with RUN that has no network', 'FROM busybox\nRUN --network=none a\n', {}, true],
    ['with files of the caller', 'FROM busybox\nCOPY . /\n', {}, false],
    [
      'of a repository',
      'FROM busybox\nCOPY . /\n',
      { context: { kind: 'git', url: 'https://git.example.org/a.git#main' } },
      true,
    ],
  ] as const)('%s is complete or not', (_what, text, change, complete) => {
    const { metadata } = provenance('min', request(change, text)).runDetails;
    expect(metadata).toMatchObject({ wharf_completeness: { resolvedDependencies: complete } });
  });

  test('names the repository that the Dockerfile is from', () => {
    const context = { kind: 'git', url: 'https://u:p@git.example.org/a.git#main:sub' } as const;
    const used = {
      ...facts.used,
      git: new Map([['https://git.example.org/a.git#main', commit]]),
    };
    const given = {
      ...request({ context }, 'FROM scratch\nCOPY . /\n'),
      facts: { ...facts, used },
    };
    const source = { uri: 'https://git.example.org/a.git#main', digest: { sha1: commit } };
    expect(provenance('min', given)).toMatchObject({
      buildDefinition: {
        externalParameters: { configSource: { ...source, path: 'Dockerfile' } },
        resolvedDependencies: [source],
      },
    });
  });

  test('is told in the metadata of the build, of several platforms one each', async () => {
    const { signal } = new AbortController();
    const one = await provenanceMetadata([request()], signal);
    expect(one).toEqual({ 'buildx.build.provenance': provenance('min') });
    const two = await provenanceMetadata([request(), request()], signal);
    expect(Object.keys(two)).toEqual(['buildx.build.provenance/linux/amd64']);
  });
});

test.each([
  ['https://example.org/a', 'https://example.org/a'],
  ['https://u:p@example.org/a?b', 'https://example.org/a?b'],
  ['ssh://git:p@example.org/a', 'ssh://git@example.org/a'],
  ['git@example.org:a/b.git', 'ssh://git@example.org/a/b.git'],
  ['no address', 'no address'],
])('%s is told as %s', (address, uri) => {
  expect(addressUri(address)).toBe(uri);
});

test('names of images are package URLs', () => {
  expect(baseImageUri('localhost:5000/a/b:1', amd64)).toBe(
    'pkg:docker/localhost:5000/a/b@1?platform=linux%2Famd64',
  );
  expect(baseImageUri(`alpine@sha256:${hex('a')}`, amd64)).toBe(
    `pkg:docker/alpine?digest=sha256:${hex('a')}&platform=linux%2Famd64`,
  );
});

test('passwords stay out of URIs, whatever they are', () => {
  const letters = fc.string({ unit: fc.constantFrom(...'ab%@:/#?[]é '), maxLength: 12 });
  fc.assert(
    fc.property(fc.constantFrom('https', 'http', 'ssh', 'git'), letters, (scheme, rest) => {
      const address = `${scheme}://user:SECRET@host/${rest}`;
      if (URL.canParse(address)) expect(addressUri(address)).not.toContain('SECRET');
    }),
  );
});

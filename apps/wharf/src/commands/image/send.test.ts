import { NotFoundError, UnavailableError, type BlobDescriptor, type Contents } from '@wharf/core';
import { expect, test } from 'vitest';
import { stream } from '../../testing/stream.js';
import { wharf } from '../../testing/test-cli.js';
import { fakeEngine } from '../../testing/test-engine.js';

const blob = (name: string, size: number): BlobDescriptor => ({
  mediaType: 'm',
  digest: name,
  size,
});
const blobs = [blob('sha256:a', 6), blob('sha256:b', 4), blob('sha256:c', 10), blob('sha256:d', 3)];

/** A source that has all, and a target that keeps what it is given. */
function daemons(options: { readonly breaks?: number; readonly name?: string } = {}) {
  let breaks = options.breaks ?? 0;
  const kept = new Map<string, number>([
    ['sha256:c', 10],
    ['sha256:a', 2],
  ]);
  const calls: string[] = [];
  let running = 0;
  let most = 0;
  const source: Partial<Contents> = {
    describe: () => {
      const name = options.name ?? 'docker.io/library/app:1';
      return Promise.resolve({ target: blob('sha256:d', 3), name, blobs, absent: [] });
    },
    read: (digest, { offset = 0 }) => {
      const size = blobs.find((one) => one.digest === digest)?.size ?? 0;
      return stream(...Array.from({ length: size - offset }, () => Buffer.from('x')));
    },
  };
  const target: Partial<Contents> = {
    missing: (_lease, wanted) => {
      const lacking = wanted.filter(({ digest, size }) => kept.get(digest) !== size);
      return Promise.resolve(
        lacking.map((one) => ({ blob: one, offset: kept.get(one.digest) ?? 0 })),
      );
    },
    write: async ({ blob: { digest, size }, offset }, chunks) => {
      calls.push(`${digest}@${offset}`);
      most = Math.max(most, ++running);
      for await (const chunk of chunks) {
        kept.set(digest, (kept.get(digest) ?? 0) + chunk.length);
        if (kept.get(digest) === size - 1 && breaks-- > 0) {
          running--;
          throw new UnavailableError('the connection broke');
        }
      }
      running--;
    },
    name: (_lease, name, { digest }) => {
      calls.push(`name ${name} ${digest}`);
      return Promise.resolve({ imageId: 'sha256:id' });
    },
  };
  const engines = { prod: fakeEngine({ contents: target }), lab: fakeEngine({ contents: source }) };
  return { engine: engines.lab, engines, calls, most: () => most };
}

test('what is missing is moved, what began goes on, and the name comes last', async () => {
  const { calls, most, ...options } = daemons();
  const { out, err, code } = await wharf(['image', 'send', 'app:1', '--to', 'prod'], options);
  expect({ code, out }).toEqual({
    code: 0,
    out:
      'Sent app:1 to prod: moved 11B in 3 blobs, skipped 10B in 1 that were there\n' +
      'sha256:id\n',
  });
  expect(calls.slice(0, 3).sort()).toEqual(['sha256:a@2', 'sha256:b@0', 'sha256:d@0']);
  expect(calls.at(-1)).toBe('name docker.io/library/app:1 sha256:d');
  expect(most()).toBe(3);
  expect(err).toContain('sha256:c: Already exists');
});

test('a broken connection is tried again from where it broke', async () => {
  const { calls, most: _, ...options } = daemons({ breaks: 1 });
  const { code } = await wharf(
    ['image', 'send', '-q', 'app:1', '--from', 'lab', '--to', 'prod'],
    options,
  );
  expect(code).toBe(0);
  expect(calls.filter((call) => /@[1-9]/.test(call)).length).toBe(2);
});

test('another name can be given, and must where there is none', async () => {
  const { calls, most: _, ...options } = daemons({ name: '' });
  expect((await wharf(['image', 'send', 'abc', '--to', 'prod'], options)).err).toContain('--name');
  await wharf(['image', 'send', 'abc', '--to', 'prod', '--name', 'x'], options);
  expect(calls.at(-1)).toContain('name docker.io/library/x:latest');
});

test('the context must be named and known', async () => {
  const { engine } = daemons();
  expect((await wharf(['image', 'send', 'a'], { engine })).err).toContain('--to');
  expect((await wharf(['image', 'send', 'a', '--to', 'nope'], { engine })).err).toContain(
    new NotFoundError('context', 'nope').message,
  );
});

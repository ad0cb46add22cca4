import { expect, test } from 'vitest';
import { keepingIn } from './in-memory.js';

const runtime = {
  path: '/usr/bin/crun',
  kind: 'crun',
  globalArgs: ['--root', '/run/w/crun', '-v'],
};

test('a runtime keeps what it knows of containers elsewhere, and all else is as before', () => {
  expect(keepingIn(runtime, '/b/memory/state')).toEqual({
    ...runtime,
    globalArgs: ['--root', '/b/memory/state', '-v'],
  });
  expect(keepingIn({ ...runtime, globalArgs: [] }, '/b')).toEqual({
    ...runtime,
    globalArgs: ['--root', '/b'],
  });
});

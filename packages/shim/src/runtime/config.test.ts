import { expect, test } from 'vitest';
import { mergeEnv, withUser } from './config.js';

const user = { uid: 5, gid: 6, additionalGids: [6, 7], home: '/home/x' };

test('the user is filled in, and HOME unless it is there', () => {
  expect(withUser({ env: ['A=1'], user: { uid: 0, gid: 0, umask: 18 } }, user)).toEqual({
    env: ['A=1', 'HOME=/home/x'],
    user: { uid: 5, gid: 6, additionalGids: [6, 7], umask: 18 },
  });
  expect(withUser({ env: ['HOME=/own'] }, user).env).toEqual(['HOME=/own']);
});

test('later values win and keep the place of the first, a bare name takes one away', () => {
  expect(mergeEnv(['A=1', 'B=2', 'C=3'], ['B=4', 'C', 'D=5'])).toEqual(['A=1', 'B=4', 'D=5']);
});

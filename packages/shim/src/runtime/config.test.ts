import { expect, test } from 'vitest';
import { mergeEnv, parseConfig, withUser } from './config.js';

const sets = {
  bounding: ['CAP_KILL'],
  effective: ['CAP_KILL'],
  permitted: ['CAP_KILL'],
  inheritable: [],
  ambient: [],
};
const user = { uid: 1000, gid: 50, additionalGids: [50, 7], home: '/srv/web' };

test('only root holds capabilities, others keep the bounding set', () => {
  const other = withUser({ capabilities: sets }, user);
  expect(other.capabilities).toEqual({ ...sets, effective: [], permitted: [] });
  expect(other.user).toEqual({ uid: 1000, gid: 50, additionalGids: [50, 7] });
  expect(withUser({ capabilities: sets }, { ...user, uid: 0 }).capabilities).toEqual(sets);
  expect(withUser({}, user)).not.toHaveProperty('capabilities');
});

test('HOME is what the account has unless it is set', () => {
  expect(withUser({ env: ['A=b'] }, user).env).toEqual(['A=b', 'HOME=/srv/web']);
  expect(withUser({ env: ['HOME=/x'] }, user).env).toEqual(['HOME=/x']);
});

test('numbers beyond 2^53 keep their digits', () => {
  const text = '{"process":{"rlimits":[{"hard":18446744073709551615,"soft":1.5}]}}';
  expect(JSON.stringify(parseConfig(Buffer.from(text), 'config'))).toBe(text);
});

test('what is no JSON object is refused', () => {
  for (const text of ['', '[]', 'null', '1', '{']) {
    expect(() => parseConfig(Buffer.from(text), 'config')).toThrow(/config is not/);
  }
});

test('later variables replace earlier ones, a bare name takes one away', () => {
  expect(mergeEnv(['A=1', 'B=2'], ['A=3', 'B', 'C='])).toEqual(['A=3', 'C=']);
});

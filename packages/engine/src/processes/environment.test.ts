import { expect, test } from 'vitest';
import { execEnvironment } from './environment.js';

test('a terminal brings TERM, which the container and the caller replace', () => {
  const env = ['A=b'];
  expect(execEnvironment({ terminal: true, env }, ['C=d'])).toEqual(['TERM=xterm', 'A=b']);
  expect(execEnvironment({ terminal: false, env }, ['C=d'])).toEqual(env);
  expect(execEnvironment({ terminal: true, env }, ['TERM=vt100'])).toEqual(env);
  expect(execEnvironment({ terminal: true, env: ['TERM=dumb'] }, [])).toEqual([
    'TERM=xterm',
    'TERM=dumb',
  ]);
});

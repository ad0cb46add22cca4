import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { processSignals } from './signals.js';

function made() {
  const source = new EventEmitter();
  const said: string[] = [];
  const signals = processSignals(source, {
    interrupt: (signal) => said.push(`interrupt ${signal}`),
    force: () => said.push('force'),
  });
  const hear = (name: string) => (signal: string) => void said.push(`${name} ${signal}`);
  return { source, said, signals, hear, send: (signal: string) => source.emit(signal, signal) };
}

test('SIGINT and SIGTERM interrupt; the third of them ends the program by force', () => {
  const { send, said } = made();
  send('SIGINT');
  send('SIGTERM');
  send('SIGINT');
  expect(said).toEqual(['interrupt SIGINT', 'interrupt SIGTERM', 'force']);
});

test('who has taken a signal hears it, the latest first, until it gives it back', () => {
  const { send, said, signals, hear, source } = made();
  const first = signals.take(['SIGTERM', 'SIGHUP'], hear('first'));
  const second = signals.take(['SIGHUP'], hear('second'));
  send('SIGHUP');
  second[Symbol.dispose]();
  second[Symbol.dispose]();
  send('SIGHUP');
  send('SIGTERM');
  first[Symbol.dispose]();
  send('SIGTERM');
  expect(said).toEqual(['second SIGHUP', 'first SIGHUP', 'first SIGTERM', 'interrupt SIGTERM']);
  expect(source.listenerCount('SIGHUP')).toBe(0);
});

test('taken signals count towards the force as well', () => {
  const { send, said, signals, hear } = made();
  signals.take(['SIGINT'], hear('mine'));
  for (let at = 0; at < 3; at++) send('SIGINT');
  expect(said).toEqual(['mine SIGINT', 'mine SIGINT', 'force']);
});

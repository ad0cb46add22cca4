import { expect, test } from 'vitest';
import { chainFor } from './foreign-forward.js';

const chain = (name: string, policy?: string) => ({ chain: { name, policy } });
const table = (...entries: object[]) => ({ nftables: entries });

test('nothing is put where nothing drops', () => {
  expect(chainFor(undefined, 'wharf-1')).toBeUndefined();
  expect(chainFor(table(chain('INPUT', 'drop')), 'wharf-1')).toBeUndefined();
  expect(chainFor(table(chain('FORWARD', 'accept')), 'wharf-1')).toBeUndefined();
});

test('a dropping FORWARD chain gets the rule, with Docker its own chain for others', () => {
  const forward = chain('FORWARD', 'drop');
  expect(chainFor(table(forward), 'wharf-1')).toBe('FORWARD');
  expect(chainFor(table(forward, chain('DOCKER-USER')), 'wharf-1')).toBe('DOCKER-USER');
});

test('a rule that is there is not put twice, one of another daemon is not ours', () => {
  const rule = { rule: { chain: 'FORWARD', comment: 'wharf-1' } };
  expect(chainFor(table(chain('FORWARD', 'drop'), rule), 'wharf-1')).toBeUndefined();
  expect(chainFor(table(chain('FORWARD', 'drop'), rule), 'wharf-2')).toBe('FORWARD');
});

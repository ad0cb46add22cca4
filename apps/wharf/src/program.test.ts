import { describe, expect, test } from 'vitest';
import { commandHelp, globalFlags } from './argv/index.js';
import { commands, management } from './program.js';
import { wharf } from './testing/test-cli.js';

const names = new Map<string, string>();

describe.each(commands.map((entry) => [entry.path.join(' '), entry] as const))(
  '%s',
  (_name, entry) => {
    test('is what its module says, and shows how it is used', async () => {
      const command = (await entry.load()).default;
      expect(command.path).toEqual(entry.path);
      expect(command.aliases ?? []).toEqual(entry.aliases);
      expect(command.summary).toBe(entry.summary);
      expect(command.examples?.length).toBeGreaterThan(0);
      const outline = {
        name: 'wharf',
        tagline: '',
        version: '',
        commands,
        management,
        globals: globalFlags('/'),
      };
      expect(commandHelp(outline, command, entry.path, 80)).toContain(
        `Usage:  wharf ${entry.path.join(' ')}`,
      );
    });

    test('has names of its own', () => {
      for (const path of [entry.path, ...(entry.aliases ?? [])]) {
        const name = path.join(' ');
        expect(names.get(name)).toBeUndefined();
        names.set(name, entry.path.join(' '));
        if (path.length > 1) expect(management.map((one) => one.path[0])).toContain(path[0]);
      }
    });
  },
);

test('help lists the commands in docker’s groups', async () => {
  const { out, code } = await wharf(['--help']);
  expect(code).toBe(0);
  expect(out.match(/^\w.*:$/gm)).toEqual([
    'Common Commands:',
    'Management Commands:',
    'Commands:',
    'Global Options:',
  ]);
  for (const word of ['run', 'exec', 'ps', 'container', 'logs', 'inspect', 'events', 'context']) {
    expect(out).toMatch(new RegExp(`^  ${word} `, 'm'));
  }
});

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compile, struct } from './index.js';

// Each pair is a template and what docker 28.2.2 printed for `docker context ls --format` with it.
const golden = JSON.parse(readFileSync(new URL('golden.json', import.meta.url), 'utf8')) as [
  string,
  string,
][];

const row = struct('*formatter.clientContextContext', {
  Current: true,
  Description: 'Current DOCKER_HOST based configuration',
  DockerEndpoint: 'unix:///var/run/docker.sock',
  Error: '',
  Name: () => 'default',
});

function outcome(text: string): string {
  try {
    return compile(text.replaceAll('\\t', '\t').replaceAll('\\n', '\n')).execute(row);
  } catch (thrown) {
    return (thrown as Error).message;
  }
}

describe('templates print what docker prints', () => {
  for (const [text, expected] of golden) {
    test(text, () => {
      expect(outcome(text)).toBe(expected);
    });
  }
});

/** What the installed docker (28.2 or later) says; it needs no daemon for this. */
function docker(text: string): string {
  const ran = spawnSync('docker', ['context', 'ls', '--format', text], { encoding: 'utf8' });
  return (ran.status === 0 ? ran.stdout : ran.stderr).replace(/\n$/, '');
}

describe.runIf(process.env['WHARF_ORACLE'] === 'docker')('docker still prints it', () => {
  for (const [text, expected] of golden) {
    test(text, () => {
      expect(docker(text).trimEnd()).toBe(expected.trimEnd());
    });
  }
});

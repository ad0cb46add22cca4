import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readClientConfig } from './client-config.js';

const directory = mkdtempSync(join(tmpdir(), 'wharf-config-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('a config.json', () => {
  test('that is not there is empty', async () => {
    expect(await readClientConfig('/nonex')).toEqual({});
  });

  test('that is no JSON is refused without a word of what is in it', async () => {
    writeFileSync(join(directory, 'config.json'), '{"auths": {"x": {"password": hunter2}}}');
    const error = await readClientConfig(directory).catch((thrown: Error) => thrown);
    expect(String(error)).toContain('is not a JSON object');
    expect(JSON.stringify([String(error), (error as Error).cause])).not.toContain('hunter2');
  });
});

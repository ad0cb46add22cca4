import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { FailedPreconditionError } from '@wharf/core';
import { tempDir } from '@wharf/testing';
import type { RunOptions, RunResult } from '@wharf/testing';
import type { Engine } from '../support.js';

/** What is in a folder: text by path; `path` with a mode is `[text, mode]`. */
export type Files = Readonly<Record<string, string | readonly [text: string, mode: number]>>;

/** Builds by the engine of the file; Docker's with BuildKit, and with plain progress. */
export interface Building {
  /** A folder of the test, which goes with it. */
  folder(files: Files): Promise<string>;
  /** `build` with these arguments, whatever comes of it. */
  tried(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** As tried, for what must succeed: gives what was shown of its progress. */
  built(args: readonly string[], options?: RunOptions): Promise<string>;
  /** As tried, for what must fail. */
  failed(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** What `cat` prints of a file of an image. */
  read(image: string, path: string): Promise<string>;
}

export function building(engine: Engine): Building {
  const tried: Building['tried'] = (args, options) => {
    const env = { DOCKER_BUILDKIT: '1', BUILDKIT_PROGRESS: 'plain', ...options?.env };
    return engine.cli(['build', ...args], { ...options, env });
  };
  const expected = async (
    ok: boolean,
    args: readonly string[],
    options?: RunOptions,
  ): Promise<RunResult> => {
    const result = await tried(args, options);
    if ((result.code === 0) === ok) return result;
    const { code, stdout, stderr } = result;
    throw new FailedPreconditionError(`build ${args.join(' ')}: ${code}: ${stderr}${stdout}`);
  };
  return {
    tried,
    async folder(files) {
      const folder = await tempDir('wharf-context-');
      onTestFinished(() => folder.remove());
      await writeFiles(folder.path, files);
      return folder.path;
    },
    built: async (args, options) => (await expected(true, args, options)).stderr,
    failed: (args, options) => expected(false, args, options),
    read: (image, path) => engine.ok(['run', '--rm', '--network', 'none', image, 'cat', path]),
  };
}

/** Writes these files into a folder, and makes the directories on the way. */
export async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [name, file] of Object.entries(files)) {
    const [text, mode] = typeof file === 'string' ? [file, 0o644] : file;
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    await chmod(path, mode);
  }
}

/** Lines of a Dockerfile. */
export const lines = (...text: readonly string[]): string => `${text.join('\n')}\n`;

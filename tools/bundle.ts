/**
 * Bundles into the directory named by the first argument; run by Bun, from the root of the repository, by tools/build.
 *
 * lib/*.mjs: nodeEntries, for Node. bin/wharf: the command line and the shim, one executable.
 * Sources can read three constants: WHARF_VERSION, WHARF_COMMIT, WHARF_COMMIT_TIME (strings; undeclared when a source
 * runs unbundled, so ask `typeof` first). Outside of a repository the commit is what the environment says.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { executableEntry, nodeEntries } from './entries.js';

const conditions = ['@wharf/source'];

function git(...args: string[]): string {
  return spawnSync('git', args, { encoding: 'utf8' }).stdout?.trim() ?? '';
}

function said(name: string): string | undefined {
  return process.env[name] === '' ? undefined : process.env[name];
}

function constants(): Record<string, string> {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  return {
    WHARF_VERSION: JSON.stringify(version),
    WHARF_COMMIT: JSON.stringify(said('WHARF_COMMIT') ?? git('rev-parse', '--short=12', 'HEAD')),
    WHARF_COMMIT_TIME: JSON.stringify(
      said('WHARF_COMMIT_TIME') ?? git('log', '-1', '--format=%cI'),
    ),
  };
}

async function bundleForNode(lib: string): Promise<void> {
  for (const entry of nodeEntries) {
    await Bun.build({
      entrypoints: [entry.source],
      outdir: lib,
      naming: entry.output,
      target: 'node',
      format: 'esm',
      conditions,
      define: constants(),
    });
  }
}

/**
 * ESM, because the CommonJS output would freeze import.meta.dirname to the build machine's path. Nothing is read from
 * the caller's directory: a .env or bunfig.toml there must not reach a root process. Top-level await in any module
 * would silently cost the bytecode, so the CommonJS output, which knows none, is made first and thrown away.
 */
async function compileExecutable(bin: string): Promise<void> {
  const common = {
    entrypoints: [executableEntry],
    target: 'bun' as const,
    conditions,
    define: constants(),
  };
  await Bun.build({ ...common, format: 'cjs' });
  await Bun.build({
    ...common,
    format: 'esm',
    splitting: true,
    minify: true,
    bytecode: true,
    compile: {
      outfile: join(bin, 'wharf'),
      autoloadDotenv: false,
      autoloadBunfig: false,
      autoloadTsconfig: false,
      autoloadPackageJson: false,
    },
  });
}

const [out] = process.argv.slice(2);
if (out === undefined) {
  console.error('usage: bun tools/bundle.ts DIRECTORY');
  process.exit(2);
}
mkdirSync(join(out, 'lib'), { recursive: true });
mkdirSync(join(out, 'bin'), { recursive: true });
await bundleForNode(join(out, 'lib'));
await compileExecutable(join(out, 'bin'));

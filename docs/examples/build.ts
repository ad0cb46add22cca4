/**
 * Builds the Dockerfile of a directory, shows what its steps write, and prints the id of the image:
 *   build.ts unix:///run/wharf/wharf.sock DIRECTORY NAME
 */
import { resolve } from 'node:path';
import { createClient, openBuildContext, resolveTarget } from '@wharf/client';
import { defaultBuildSpec, isWharfError, type BuildFrame, type BuildSpec } from '@wharf/core';

async function build(host: string, directory: string, name: string): Promise<void> {
  const client = createClient(await resolveTarget({ host }, process.env));
  const { signal } = new AbortController();
  try {
    const context = await openBuildContext({
      directory,
      dockerfile: `${directory}/Dockerfile`,
      signal,
    });
    const sent = await client.builds.syncTree(context.digest, context.source, { signal });
    process.stderr.write(`${context.files} files, ${sent.receivedBytes} bytes sent\n`);
    const frames = client.builds.build(specFor(context.digest, directory, name), { signal });
    for await (const frame of frames) show(frame);
  } finally {
    await client.close();
  }
}

function specFor(digest: string, directory: string, name: string): BuildSpec {
  const image = { kind: 'image', names: [name], push: false, store: true } as const;
  return {
    ...defaultBuildSpec(resolve(directory)),
    context: { kind: 'tree', digest },
    outputs: [{ ...image, compression: 'gzip', forceCompression: false }],
    explain: true,
  };
}

function show(frame: BuildFrame): void {
  if (frame.kind === 'step') process.stderr.write(`#${frame.step.id} ${frame.step.name}\n`);
  else if (frame.kind === 'log') process.stderr.write(frame.data);
  else if (frame.kind === 'done') process.stdout.write(`${frame.result.image?.imageId ?? ''}\n`);
}

const [host = '', directory = '.', name = ''] = process.argv.slice(2);
build(host, directory, name).catch((error: unknown) => {
  process.stderr.write(isWharfError(error) ? `${error.message}\n` : `${String(error)}\n`);
  if (isWharfError(error)) process.stderr.write(error.facts['excerpt'] ?? '');
  process.exitCode = 1;
});

import { open, rm, stat } from 'node:fs/promises';
import {
  FailedPreconditionError,
  isWharfError,
  type CallOptions,
  type ContainerSpec,
  type CreatedContainer,
} from '@wharf/core';
import type { CliContext } from '../../context.js';
import { familiar, parseReference, withDefaultTag } from '@wharf/oci';
import { pullImage } from '../image/pull-image.js';

export interface CreateOptions extends CallOptions {
  readonly pull: string;
  readonly quiet: boolean;
  readonly cidfile: string | undefined;
}

/** Creates a container, pulling its image as the policy says; warnings go to stderr. */
export async function createContainer(
  context: CliContext,
  spec: ContainerSpec,
  options: CreateOptions,
): Promise<CreatedContainer> {
  if (options.cidfile !== undefined) await refuseExisting(options.cidfile);
  const created = await createOrPull(context, spec, options);
  for (const warning of created.warnings) context.io.stderr.write(`WARNING: ${warning}\n`);
  if (options.cidfile !== undefined) await writeId(options.cidfile, created.id);
  return created;
}

async function createOrPull(
  context: CliContext,
  spec: ContainerSpec,
  { pull, quiet, signal }: CreateOptions,
): Promise<CreatedContainer> {
  const { containers } = await context.engine();
  const progress = quiet ? undefined : context.io.stderr;
  const pullFirst = () =>
    pullImage(context, spec.image, { platform: spec.platform, progress, signal });
  if (pull === 'always') await pullFirst();
  try {
    return await containers.create(spec, { signal });
  } catch (thrown) {
    if (pull !== 'missing' || !isMissingImage(thrown)) throw thrown;
    if (!quiet) {
      const name = familiar(withDefaultTag(parseReference(spec.image)));
      context.io.stderr.write(`Unable to find image '${name}' locally\n`);
    }
    await pullFirst();
    return containers.create(spec, { signal });
  }
}

function isMissingImage(thrown: unknown): boolean {
  return isWharfError(thrown) && thrown.code === 'not-found' && thrown.facts['kind'] === 'image';
}

async function refuseExisting(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return;
  throw new FailedPreconditionError(
    `container ID file found, make sure the other container isn't running or delete ${path}`,
  );
}

/** Made anew and only here: a file that appears meanwhile is another's. */
async function writeId(path: string, id: string): Promise<void> {
  try {
    await using file = await open(path, 'wx', 0o644);
    await file.writeFile(id);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') await rm(path, { force: true });
    throw new FailedPreconditionError(`failed to write the container ID to the file ${path}`, {
      cause,
    });
  }
}

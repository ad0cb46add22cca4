import type { Candidate, CompletionRequest } from './argv/index.js';
import type { CliContext } from './context.js';

/** Names of objects for the shell. */
export async function completeObjects(
  context: CliContext,
  { kind, prefix, words, signal }: CompletionRequest,
): Promise<readonly Candidate[]> {
  switch (kind) {
    case 'container':
      return containerNames(context, signal);
    case 'image':
      return imageNames(context, signal);
    case 'container-path':
      return containerPaths(context, signal);
    case 'registry':
      return registryNames(context);
    case 'context':
      return contextNames(context);
    case 'network':
      return networkNames(context, signal);
    case 'volume':
      return volumeNames(context, signal);
    case 'build':
      return buildIds(context, signal);
    case 'cache-mount':
      return cacheMountIds(context, signal);
    case 'platform':
      return (await import('./commands/shared/complete-platforms.js')).completePlatforms(prefix);
    case 'stage':
      return (await import('./commands/image-build/complete.js')).completeStages(words, { signal });
    case 'output':
      return (await import('./commands/image-build/complete.js')).completeOutputs();
    default:
      return [];
  }
}

async function containerNames(context: CliContext, signal: AbortSignal): Promise<Candidate[]> {
  const { containers } = await context.engine();
  const list = await containers.list({ signal, all: true });
  return list.map(({ name, spec }) => ({ value: name, description: spec.image }));
}

/** What may begin an argument of cp; files of this machine the shell completes itself. */
async function containerPaths(context: CliContext, signal: AbortSignal): Promise<Candidate[]> {
  const names = await containerNames(context, signal);
  return names.map((one) => ({ ...one, value: `${one.value}:` }));
}

async function registryNames(context: CliContext): Promise<Candidate[]> {
  const { userCredentials } = await import('./credentials/credentials.js');
  const servers = await userCredentials(context).servers();
  return servers.map((value) => ({ value }));
}

async function imageNames(context: CliContext, signal: AbortSignal): Promise<Candidate[]> {
  const { images } = await context.engine();
  const list = await images.list({ signal });
  return list.flatMap(({ repoTags }) => repoTags.map((value) => ({ value })));
}

/** Those that need no daemon are told also when there is none. */
async function networkNames(context: CliContext, signal: AbortSignal): Promise<Candidate[]> {
  const usual = ['none', 'host'].map((value) => ({ value }));
  try {
    const { networks } = await context.engine();
    const list = await networks.list({ signal });
    const own = list.map(({ spec }) => ({ value: spec.name, description: spec.driver }));
    return own.some(({ value }) => value === 'none') ? own : [...own, ...usual];
  } catch {
    return usual;
  }
}

async function volumeNames(context: CliContext, signal: AbortSignal): Promise<Candidate[]> {
  const { volumes } = await context.engine();
  const list = await volumes.list({ signal });
  return list
    .filter(({ anonymous }) => !anonymous)
    .map(({ name, driver }) => ({ value: name, description: driver }));
}

async function buildIds(context: CliContext, signal: AbortSignal): Promise<Candidate[]> {
  const { builds } = await context.engine();
  const list = await builds.list({ signal });
  return list.map(({ id, name }) => ({ value: id, description: name }));
}

async function cacheMountIds(context: CliContext, signal: AbortSignal): Promise<Candidate[]> {
  const { builds } = await context.engine();
  return (await builds.cacheMounts({ signal })).map(({ id }) => ({ value: id }));
}

async function contextNames({ configDirectory }: CliContext): Promise<Candidate[]> {
  // A dynamic import of all of @wharf/client would bind the store of contexts into the chunk that every command loads.
  const { contextNames: read } = await import('./commands/context/names.js');
  return read(configDirectory);
}

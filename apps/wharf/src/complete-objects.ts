import type { Candidate, CompletionRequest } from './argv/index.js';
import type { CliContext } from './context.js';

/** Names of networks that need no daemon. */
const networks = ['none', 'host'];

/** Names of objects for the shell. */
export async function completeObjects(
  context: CliContext,
  { kind, signal }: CompletionRequest,
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
      return networks.map((value) => ({ value }));
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

async function contextNames({ configDirectory }: CliContext): Promise<Candidate[]> {
  // A dynamic import of all of @wharf/client would bind the store of contexts into the chunk that every command loads.
  const { contextNames: read } = await import('./commands/context/names.js');
  return read(configDirectory);
}

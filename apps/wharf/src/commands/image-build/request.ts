import { resolve } from 'node:path';
import { InvalidArgumentError, type Builds, type BuildSpec, type CallOptions } from '@wharf/core';
import type { CliContext } from '../../context.js';
import { userCredentials } from '../../credentials/credentials.js';
import type { Agent } from './agents.js';
import { agentsOf, parseSsh } from './ssh-flag.js';
import { buildArgs, configuredProxies } from './build-args.js';
import { cachesFrom, cachesTo } from './caches.js';
import { contextPlace } from './context-place.js';
import type { BuildFlags } from './flags.js';
import { imageNames } from './image-names.js';
import { LocalSteps, type ShowFrame } from './local-step.js';
import { readLock } from './lock-file.js';
import { namedContexts } from './named-contexts.js';
import type { OpenContext } from './open-context.js';
import { outputsOf } from './outputs.js';
import type { OutputPlace } from './output-flag.js';
import { prepareContext } from './prepare-context.js';
import { checkPlaces } from './receive-outputs.js';
import { buildCredentials, registriesIn, registriesOf } from './registries.js';
import { parseSecret, readSecrets } from './secret-flag.js';
import { buildSpec } from './spec.js';

/** A build with what it needs of this machine. */
export interface BuildRequest {
  readonly spec: BuildSpec;
  /** Of the outputs and then of the caches, by the index of `output` frames. */
  readonly places: readonly (OutputPlace | undefined)[];
  readonly agents: ReadonlyMap<string, Agent>;
  readonly lockPath: string | undefined;
}

export interface RequestOptions extends CallOptions {
  readonly builds: Builds;
  readonly show: ShowFrame;
  readonly openContext: OpenContext;
}

/** Reads what flags name and sends the contexts. What is wrong with flags is said before anything is sent. */
export async function buildRequest(
  context: CliContext,
  flags: BuildFlags,
  path: string,
  { builds, show, openContext, signal }: RequestOptions,
): Promise<BuildRequest> {
  const { io } = context;
  refuseSquash(flags);
  const tags = imageNames(flags.tag);
  const outputs = outputsOf(flags, tags);
  const cacheTo = cachesTo(flags.cacheTo);
  const places = [...outputs, ...cacheTo].map(({ place }) => place);
  await checkPlaces(io, places);
  const secrets = await readSecrets(flags.secret.map(parseSecret), io.env, { signal });
  const agents = await agentsOf(flags.ssh.map(parseSsh), io.env);
  const args = buildArgs(flags.buildArg, io.env, await configuredProxies(context));
  const place = contextPlace(path);
  const sending = {
    builds,
    openContext,
    signal,
    env: io.env,
    steps: new LocalSteps(show, () => io.now()),
  };
  const prepared = await prepareContext({ place, file: flags.file, stdin: io.stdin }, sending);
  const lock = await readLock(prepared.lockPath, flags, { signal });
  const warn = (text: string): void => io.stderr.write(`WARNING: ${text}\n`);
  const cacheFrom = await cachesFrom(flags.cacheFrom, sending, warn);
  const named = await namedContexts(flags.buildContext, sending);
  const images = [
    ...outputs.flatMap(({ output }) =>
      output.kind === 'image' && output.push ? output.names : [],
    ),
    ...[...cacheFrom, ...cacheTo.map(({ store }) => store)].flatMap((store) =>
      store.kind === 'registry' ? [store.reference] : [],
    ),
    ...[...named.values()].flatMap((source) => (source.kind === 'image' ? [source.reference] : [])),
  ];
  const texts = [prepared.text ?? '', lock ?? '', ...args.values()];
  const registries = [...registriesOf(images), ...registriesIn(texts)];
  const spec = buildSpec(flags, {
    contextName: place.kind === 'directory' ? resolve(path) : path,
    prepared,
    namedContexts: named,
    buildArgs: args,
    outputs,
    cacheFrom,
    cacheTo,
    secrets,
    sshAgents: [...agents.keys()],
    lock,
    credentials: await buildCredentials(userCredentials(context), registries, { signal }),
    env: io.env,
  });
  return { spec, places, agents, lockPath: prepared.lockPath };
}

function refuseSquash({ squash }: BuildFlags): void {
  if (!squash) return;
  throw new InvalidArgumentError(
    '--squash is not supported: it throws away the layers that builds and pulls share; copy what is needed into a last stage with COPY --from instead',
  );
}

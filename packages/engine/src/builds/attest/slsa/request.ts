import { createHash } from 'node:crypto';
import type { BuildSpec } from '@wharf/core';
import { formatPlatform } from '@wharf/oci';
import type { SolvedPlan } from '../../outputs.js';
import type { BuildFacts } from '../facts.js';
import { remoteContext } from './dependencies.js';

/** Arguments that every build knows; what they say is of the place where it is built, and may have a password. */
const proxyArgument = /^(?:https?|ftp|no|all)_proxy$/i;

/** What the caller has asked for. Values of arguments are told in `max` alone, secrets never but by their ids. */
export function requestOf(
  spec: BuildSpec,
  { platform }: Pick<SolvedPlan, 'platform'>,
  facts: BuildFacts,
  mode: 'min' | 'max',
): unknown {
  const locals = spec.context?.kind === 'tree' ? [{ name: 'context' }] : [];
  const inline = spec.dockerfile === undefined ? [] : [{ name: 'dockerfile' }];
  return {
    configSource: configSource(spec, facts),
    request: {
      frontend: 'dockerfile.v0',
      args: {
        ...(spec.target === '' ? {} : { target: spec.target }),
        platform: formatPlatform(platform),
        ...(mode === 'max' ? argumentsOf(spec) : {}),
      },
      ...(mode === 'max' ? secretsOf(spec) : {}),
      locals: [...locals, ...inline],
    },
  };
}

/** The Dockerfile, or where it has come from. */
function configSource(spec: BuildSpec, facts: BuildFacts): unknown {
  const path = spec.dockerfilePath || 'Dockerfile';
  const remote = spec.dockerfile === undefined ? remoteContext(spec.context, facts) : undefined;
  if (remote !== undefined) return { ...remote, path };
  const [source] = facts.sources.values();
  return source === undefined ? { path } : { path, digest: { sha256: sha256(source.text) } };
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** In the words of BuildKit's frontend; ordered. */
function argumentsOf(spec: BuildSpec): Readonly<Record<string, string>> {
  const { buildArgs, labels, annotations, namedContexts, resources } = spec;
  const args = [...buildArgs].filter(([name]) => !proxyArgument.test(name));
  const contexts = [...namedContexts].map(
    ([name, source]) => [`context:${name}`, source.kind] as const,
  );
  const network = resources.network;
  const all = [
    ...args.map(([name, value]) => [`build-arg:${name}`, value] as const),
    ...[...labels].map(([name, value]) => [`label:${name}`, value] as const),
    ...[...annotations].map(([name, value]) => [`annotation:${name}`, value] as const),
    ...contexts,
    ...(network === '' || network === 'default' ? [] : [['force-network-mode', network] as const]),
    ...(spec.noCache ? [['no-cache', ''] as const] : []),
  ];
  return Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function secretsOf({ secrets, sshAgents }: BuildSpec): Readonly<Record<string, unknown>> {
  const ids = (all: readonly string[]): unknown => [...all].sort().map((id) => ({ id }));
  return { secrets: ids(secrets.map(({ id }) => id)), ssh: ids(sshAgents) };
}

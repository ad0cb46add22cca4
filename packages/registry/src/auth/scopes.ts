import type { Repository } from '@wharf/engine/ports';

const maxScopes = 16;
const maxLength = 2048;

/** The scope of a token for one repository (distribution: token scope documentation). */
export function repositoryScope(
  { path }: Pick<Repository, 'path'>,
  actions: 'pull' | 'pull,push',
): string {
  return `repository:${path}:${actions}`;
}

/**
 * The scopes that are due and those that a challenge names, each resource once with the actions of both, in
 * an order that does not depend on who named it first: a key for caches. What is no scope is passed over.
 */
export function joinScopes(due: readonly string[], asked: string | undefined): readonly string[] {
  const actions = new Map<string, Set<string>>();
  const named = (asked ?? '').slice(0, maxLength).split(' ').slice(0, maxScopes);
  for (const scope of [...due, ...named]) {
    const at = scope.lastIndexOf(':');
    if (at <= 0) continue;
    const resource = scope.slice(0, at);
    const known = actions.get(resource) ?? new Set();
    for (const action of scope.slice(at + 1).split(',')) if (action !== '') known.add(action);
    actions.set(resource, known);
  }
  return Array.from(actions, ([resource, set]) => `${resource}:${[...set].sort().join(',')}`);
}

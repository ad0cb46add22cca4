import type { RefusedNames } from '@wharf/api/resolver';

/** Of one container in a second. */
const mostNames = 5;
const gatheringMs = 1000;

/** Gathers what containers were refused, so that a flood of questions is a few words to the daemon. */
export class RefusedLog {
  readonly #tell: (refused: readonly RefusedNames[]) => void;
  readonly #containers = new Map<string, { readonly names: Set<string>; dropped: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: (refused: readonly RefusedNames[]) => void) {
    this.#tell = tell;
  }

  add(containerId: string, name: string): void {
    const known = this.#containers.get(containerId) ?? { names: new Set<string>(), dropped: 0 };
    this.#containers.set(containerId, known);
    if (known.names.size < mostNames) known.names.add(name);
    else if (!known.names.has(name)) known.dropped += 1;
    this.#timer ??= setTimeout(() => this.#end(), gatheringMs).unref();
  }

  #end(): void {
    this.#timer = undefined;
    const all = [...this.#containers].map(([containerId, { names, dropped }]) => ({
      containerId,
      names: [...names],
      dropped,
    }));
    this.#containers.clear();
    this.#tell(all);
  }
}

import type { EngineName } from '../options.js';
import { startDocker } from './docker.js';
import type { Engine, StartOptions } from './engine.js';
import { startPodman } from './podman.js';
import { startWharf } from './wharf.js';

export const starts: Readonly<Record<EngineName, (options: StartOptions) => Promise<Engine>>> = {
  wharf: startWharf,
  docker: startDocker,
  podman: startPodman,
};

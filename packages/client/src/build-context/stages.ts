import { readDockerfile, targets } from '@wharf/dockerfile';

/** A stage as `--target` may name it, with the image or stage that it is built on. */
export interface NamedStage {
  readonly name: string;
  readonly base: string;
}

/** Stages of a Dockerfile that have names, in its order. @throws DockerfileError */
export function namedStages(dockerfile: string): readonly NamedStage[] {
  return targets(readDockerfile(dockerfile)).flatMap(({ name, base }) =>
    name === undefined ? [] : [{ name, base }],
  );
}

import { cut, isSpace, skip } from '../chars.js';
import { DockerfileError } from '../error.js';
import type { Ast } from '../parse/ast.js';

/** Front ends whose language is ours. */
const ours: ReadonlySet<string> = new Set([
  'docker/dockerfile',
  'docker/dockerfile-upstream',
  'wharf/dockerfile',
]);

/**
 * Accepts `# syntax=docker/dockerfile:…`, which means our own front end; an image that would be run as front end is refused.
 * @throws DockerfileError with the code `unimplemented`
 */
export function checkSyntax({ directives, source }: Ast): void {
  const directive = directives.find(({ name }) => name === 'syntax');
  if (directive === undefined) return;
  const { text, range } = directive.value;
  if (
    ours.has(
      nameOf(
        text.slice(
          0,
          skip(text, 0, (c) => !isSpace(c)),
        ),
      ),
    )
  )
    return;
  throw new DockerfileError(
    `no other front end than docker/dockerfile is run: take "# syntax=${text.slice(0, 64)}" away`,
    { source, range, code: 'unimplemented' },
  );
}

/** The image's name without registry of Docker, tag and digest. */
function nameOf(image: string): string {
  const [named] = cut(image.toLowerCase(), '@');
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  const name = colon < 0 ? named : named.slice(0, colon);
  for (const registry of ['docker.io/', 'index.docker.io/']) {
    if (name.startsWith(registry)) return name.slice(registry.length);
  }
  return name;
}

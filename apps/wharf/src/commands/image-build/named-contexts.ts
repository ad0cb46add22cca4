import { parseReference } from '@wharf/oci';
import { InvalidArgumentError, type BuildSource } from '@wharf/core';
import { namedPlace, parseNamedContext } from './context-place.js';
import { sendDirectory, type Sending } from './send-tree.js';

/** The contexts of --build-context by name; directories are sent. @throws InvalidArgumentError for a name that is given twice */
export async function namedContexts(
  texts: readonly string[],
  sending: Sending,
): Promise<ReadonlyMap<string, BuildSource>> {
  const sources = new Map<string, BuildSource>();
  for (const text of texts) {
    const [name, place] = parseNamedContext(text);
    if (sources.has(name))
      throw new InvalidArgumentError(`the build context ${name} is given twice`);
    sources.set(name, await sourceOf(name, place, sending));
  }
  return sources;
}

async function sourceOf(name: string, text: string, sending: Sending): Promise<BuildSource> {
  const place = namedPlace(text);
  switch (place.kind) {
    case 'image':
      parseReference(place.reference);
      return { kind: 'image', reference: place.reference };
    case 'stage':
      return { kind: 'stage', stage: place.stage };
    case 'git':
    case 'http':
      return { kind: place.kind, url: place.url };
    case 'layout': {
      const { path, reference } = place;
      const { digest } = await sendDirectory(`[context ${name}] send ${path}`, path, sending);
      return { kind: 'oci-layout', digest, reference };
    }
    case 'directory': {
      const title = `[context ${name}] send ${place.path}`;
      const { digest } = await sendDirectory(title, place.path, sending);
      return { kind: 'tree', digest };
    }
    case 'stdin':
      throw new InvalidArgumentError('a named build context cannot come from standard input');
  }
}

import {
  ReflectionAlphaServiceDefinition,
  ReflectionServiceDefinition,
  statusOfCode,
} from '@wharf/api';
import type { ReflectionAnswer, ReflectionQuery } from '@wharf/api';
import { createDescriptorIndex } from '@wharf/api/descriptors';
import type { DescriptorIndex } from '@wharf/api/descriptors';
import { bidi } from '../calls/handler.js';
import type { Handler } from '../calls/handler.js';

/** The reflection protocol, under its present and its former name, so that tools like grpcurl need no proto files. */
export function reflectionHandlers(services: ReadonlySet<string>): readonly Handler[] {
  let index: DescriptorIndex | undefined;
  return [ReflectionServiceDefinition, ReflectionAlphaServiceDefinition].map((service) =>
    bidi(service, 'serverReflectionInfo', { long: true }, async ({ requests, send }) => {
      for (let next = await requests.next(); next.done !== true; next = await requests.next()) {
        const request = next.value;
        const answer = answerOf(request.query, {
          services,
          index: (index ??= createDescriptorIndex()),
        });
        await send({ request, answer });
      }
    }),
  );
}

function answerOf(
  query: ReflectionQuery | undefined,
  { services, index }: { readonly services: ReadonlySet<string>; readonly index: DescriptorIndex },
): ReflectionAnswer {
  switch (query?.kind) {
    case 'services':
      return { kind: 'services', names: [...services] };
    case 'file':
      return filesOr(index.filesByName(query.text), `no file ${query.text}`);
    case 'symbol':
      return filesOr(index.filesBySymbol(query.text), `no symbol ${query.text}`);
    case 'extension':
      return filesOr(undefined, 'there are no extensions');
    case undefined:
      return { kind: 'error', status: statusOfCode.unimplemented, message: 'unknown query' };
  }
}

function filesOr(files: readonly Uint8Array[] | undefined, message: string): ReflectionAnswer {
  if (files !== undefined) return { kind: 'files', files };
  return { kind: 'error', status: statusOfCode['not-found'], message };
}

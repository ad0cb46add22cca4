import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import type { MessageCodec, ServiceDefinition } from '../methods.js';

/** grpc.reflection.v1 (github.com/grpc/grpc-proto, reflection.proto), as much of it as proto3 needs. */

export type ReflectionQuery =
  | { readonly kind: 'file' | 'symbol' | 'services'; readonly text: string }
  | { readonly kind: 'extension' };

export interface ReflectionRequest {
  readonly query: ReflectionQuery | undefined;
}

export type ReflectionAnswer =
  | { readonly kind: 'files'; readonly files: readonly Uint8Array[] }
  | { readonly kind: 'services'; readonly names: readonly string[] }
  | { readonly kind: 'error'; readonly status: number; readonly message: string };

export interface ReflectionResponse {
  readonly request: ReflectionRequest;
  readonly answer: ReflectionAnswer;
}

const textQueries: Readonly<Record<number, 'file' | 'symbol' | 'services'>> = {
  3: 'file',
  4: 'symbol',
  7: 'services',
};

const textFields = { file: 3, symbol: 4, services: 7 } as const;
const lengthDelimited = 2;

const request: MessageCodec<ReflectionRequest> = {
  encode({ query }) {
    const writer = new BinaryWriter();
    if (query === undefined || query.kind === 'extension') return writer;
    return writer.tag(textFields[query.kind], lengthDelimited).string(query.text);
  },
  decode(input) {
    const reader = input instanceof BinaryReader ? input : new BinaryReader(input);
    let query: ReflectionQuery | undefined;
    while (reader.pos < reader.len) {
      const [field, wireType] = reader.tag();
      const kind = wireType === lengthDelimited ? textQueries[field] : undefined;
      if (kind !== undefined) query = { kind, text: reader.string() };
      else reader.skip(wireType, field);
      if (field === 5 || field === 6) query = { kind: 'extension' };
    }
    return { query };
  },
};

/** Only servers write responses: reading one is left to clients that have the proto. */
const response: MessageCodec<ReflectionResponse> = {
  encode({ request: asked, answer }) {
    const writer = new BinaryWriter().uint32(18).bytes(request.encode(asked).finish());
    switch (answer.kind) {
      case 'files':
        writer.uint32(34).fork();
        for (const file of answer.files) writer.uint32(10).bytes(file);
        return writer.join();
      case 'services':
        writer.uint32(50).fork();
        for (const name of answer.names) writer.uint32(10).fork().uint32(10).string(name).join();
        return writer.join();
      case 'error':
        return writer
          .uint32(58)
          .fork()
          .uint32(8)
          .int32(answer.status)
          .uint32(18)
          .string(answer.message)
          .join();
    }
  },
  decode: () => ({
    request: { query: undefined },
    answer: { kind: 'files', files: [] },
  }),
};

const reflectionService = <Name extends string>(fullName: Name) =>
  ({
    fullName,
    methods: {
      serverReflectionInfo: {
        name: 'ServerReflectionInfo',
        requestType: request,
        requestStream: true,
        responseType: response,
        responseStream: true,
      },
    },
  }) as const satisfies ServiceDefinition;

export const ReflectionServiceDefinition = reflectionService('grpc.reflection.v1.ServerReflection');
/** The same under its former name, which many tools still ask for. */
export const ReflectionAlphaServiceDefinition = reflectionService(
  'grpc.reflection.v1alpha.ServerReflection',
);

import type { BinaryReader } from '@bufbuild/protobuf/wire';
import { bulkCodec } from './bulk-frames.js';
import type { ByteCases } from './bulk-frames.js';

/** How one protobuf message is written and read. */
export interface MessageCodec<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(input: BinaryReader | Uint8Array): T;
  /** The message in parts, one of which is the stream's own bytes, if it is one frame of them. */
  encodeParts?(message: T): readonly Uint8Array[] | undefined;
  /** The message if it is one frame of a stream's bytes, which it then shares. */
  decodeBulk?(bytes: Uint8Array): T | undefined;
  /**
   * Of a message of `length` bytes, by its first six or all of fewer: if it is one frame of a stream's bytes, how many
   * stand before those, and the message that carries some of them.
   */
  bulkStart?(
    start: Uint8Array,
    length: number,
  ): { readonly size: number; of(bytes: Buffer): T } | undefined;
}

/** One remote procedure. */
export interface Method<Request, Response> {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly request: MessageCodec<Request>;
  readonly response: MessageCodec<Response>;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
}

interface SomeCodec {
  encode(message: never): { finish(): Uint8Array };
  decode(input: BinaryReader | Uint8Array): unknown;
}

interface MethodDefinition {
  readonly name: string;
  readonly requestType: SomeCodec;
  readonly requestStream: boolean;
  readonly responseType: SomeCodec;
  readonly responseStream: boolean;
}

/** A generated service definition. */
export interface ServiceDefinition {
  readonly fullName: string;
  readonly methods: Readonly<Record<string, MethodDefinition>>;
}

type Decoded<Codec> = Codec extends { decode(input: Uint8Array): infer T } ? T : never;
export type RequestOf<S extends ServiceDefinition, K extends keyof S['methods']> = Decoded<
  S['methods'][K]['requestType']
>;
export type ResponseOf<S extends ServiceDefinition, K extends keyof S['methods']> = Decoded<
  S['methods'][K]['responseType']
>;

interface BulkFields {
  readonly request: ByteCases;
  readonly response: ByteCases;
}

const streamFields: BulkFields = { request: { stdin: 2 }, response: { stdout: 2, stderr: 3 } };

/** The calls that carry streams of bytes, and the field numbers of those (containers, processes and builds .proto). */
const bulkMethods: ReadonlyMap<string, BulkFields> = new Map([
  ['AttachContainer', streamFields],
  ['ExecProcess', streamFields],
  ['Debug', streamFields],
  ['Build', { request: {}, response: { output: 5 } }],
  ['SyncTree', { request: { data: 2 }, response: {} }],
  ['ImportArchive', { request: { data: 1 }, response: {} }],
]);

/** The method `key` of a generated service. */
export function methodOf<S extends ServiceDefinition, K extends keyof S['methods'] & string>(
  service: S,
  key: K,
): Method<RequestOf<S, K>, ResponseOf<S, K>> {
  const definition = (service.methods as Readonly<Record<K, MethodDefinition>>)[key];
  const request = definition.requestType as MessageCodec<RequestOf<S, K>>;
  const response = definition.responseType as MessageCodec<ResponseOf<S, K>>;
  const bulk = bulkMethods.get(definition.name);
  return {
    path: `/${service.fullName}/${definition.name}`,
    request: bulk === undefined ? request : bulkCodec(request, bulk.request),
    response: bulk === undefined ? response : bulkCodec(response, bulk.response),
    requestStream: definition.requestStream,
    responseStream: definition.responseStream,
  };
}

import { Client, credentials, loadPackageDefinition, Metadata, status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer } from '@grpc/proto-loader';
import { NotFoundError } from '@wharf/core';
import { sampleContainer, sampleId } from '@wharf/testing';
import { describe, expect, test } from 'vitest';
import { testServer } from './test-server.js';

/** What a foreign client knows: the descriptors that reflection hands out, read by another protobuf library. */
interface ForeignCall {
  (request: object, answer: (error: ServiceError | null, response: Reply) => void): void;
}
type Reply = Readonly<Record<string, unknown>>;
type Foreign = Client & Readonly<Record<string, ForeignCall>>;
type ForeignClass = new (
  target: string,
  security: ReturnType<typeof credentials.createInsecure>,
) => Foreign;

function bytesOf(field: number, value: Uint8Array | string): Buffer {
  const bytes = Buffer.from(value as Uint8Array);
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest > 127; rest >>>= 7) length.push((rest & 127) | 128);
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...length, rest]), bytes]);
}

/** One question to the reflection service, both as bytes. */
function reflect(socket: string, question: Buffer): Promise<Buffer> {
  const client = new Client(`unix://${socket}`, credentials.createInsecure());
  const same = (bytes: Buffer): Buffer => bytes;
  const path = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
  const call = client.makeBidiStreamRequest(path, same, same, new Metadata());
  return new Promise<Buffer>((resolve, reject) => {
    call.on('data', (answer: Buffer) => {
      resolve(answer);
      call.end();
    });
    call.on('error', reject);
    call.on('end', () => client.close());
    call.write(question);
  });
}

function varint(bytes: Buffer, at: number): { value: number; next: number } {
  let value = 0;
  for (let shift = 1, i = at; ; i++, shift *= 128) {
    const byte = bytes[i] ?? 0;
    value += (byte & 127) * shift;
    if (byte < 128) return { value, next: i + 1 };
  }
}

/** The length-delimited fields of a message. */
function fieldsOf(bytes: Buffer): { field: number; value: Buffer }[] {
  const fields: { field: number; value: Buffer }[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = varint(bytes, at);
    const size = varint(bytes, tag.next);
    if ((tag.value & 7) === 2) {
      fields.push({
        field: tag.value >>> 3,
        value: bytes.subarray(size.next, size.next + size.value),
      });
    }
    at = (tag.value & 7) === 2 ? size.next + size.value : size.next;
  }
  return fields;
}

async function foreignClient(socket: string, service: string): Promise<Foreign> {
  const answer = await reflect(socket, bytesOf(4, `wharf.v1.${service}`));
  const files = fieldsOf(
    fieldsOf(answer).find(({ field }) => field === 4)?.value ?? Buffer.alloc(0),
  );
  const set = Buffer.concat(files.map(({ value }) => bytesOf(1, value)));
  const loaded = loadPackageDefinition(
    loadFileDescriptorSetFromBuffer(set, { longs: String, enums: String, defaults: true }),
  ) as unknown as { wharf: { v1: Record<string, ForeignClass> } };
  const Class = loaded.wharf.v1[service];
  if (Class === undefined) throw new TypeError(`no ${service}`);
  return new Class(`unix://${socket}`, credentials.createInsecure());
}

function ask(client: Foreign, method: string, request: object): Promise<Reply> {
  return new Promise((resolve, reject) =>
    client[method]?.call(client, request, (error: ServiceError | null, response: Reply) =>
      error === null ? resolve(response) : reject(error),
    ),
  );
}

describe('a client that was made by others, from what reflection says,', () => {
  test('reads a container as it is', async () => {
    await using daemon = await testServer();
    const client = await foreignClient(daemon.socket, 'ContainerService');
    const { container } = await ask(client, 'GetContainer', { container: 'x', size: true });
    expect(container).toMatchObject({
      id: sampleId,
      name: 'brave_hopper',
      spec: {
        command: { values: sampleContainer.spec.command },
        stop_timeout_seconds: -1,
        restart: { kind: 'RESTART_POLICY_KIND_ON_FAILURE', maximum_retry_count: 3 },
        labels: Object.entries(sampleContainer.spec.labels).map(([key, value]) => ({ key, value })),
        resources: { memory_bytes: String(2n ** 53n + 1n), pids_limit: '-1' },
      },
      args: ['/bin/sh', '-c', 'true'],
      state: {
        status: 'CONTAINER_STATUS_RUNNING',
        pid: 7,
        process: { start_ticks: String(2n ** 60n) },
      },
      created_at: { seconds: String(Date.UTC(2026, 2, 4, 5, 6, 7) / 1000), nanos: 89_000_000 },
    });
    client.close();
  });

  test('gets a status with its text and details', async () => {
    await using daemon = await testServer({
      containers: { start: () => Promise.reject(new NotFoundError('container', 'wèb')) },
    });
    const client = await foreignClient(daemon.socket, 'ContainerService');
    const failure = await ask(client, 'StartContainer', { container: 'wèb' }).catch(
      (error: unknown) => error as ServiceError,
    );
    expect(failure).toMatchObject({ code: status.NOT_FOUND, details: 'no such container: wèb' });
    const details = (failure as ServiceError).metadata.get('grpc-status-details-bin')[0] as Buffer;
    expect(details.toString('latin1')).toContain('type.googleapis.com/wharf.v1.ErrorDetail');
    client.close();
  });

  test('is refused with invalid-argument for a bad request', async () => {
    await using daemon = await testServer();
    const client = await foreignClient(daemon.socket, 'ContainerService');
    const call = ask(client, 'CreateContainer', { spec: { resources: { memory_bytes: -5 } } });
    await expect(call).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
    client.close();
  });
});

test('reflection lists the services of the engine and knows its files by name', async () => {
  await using daemon = await testServer();
  const list = fieldsOf(await reflect(daemon.socket, bytesOf(7, '*')));
  const names = fieldsOf(list.find(({ field }) => field === 6)?.value ?? Buffer.alloc(0));
  expect(names.map(({ value }) => fieldsOf(value)[0]?.value.toString()).sort()).toEqual(
    [
      'Build',
      'Container',
      'Content',
      'Event',
      'Image',
      'Manifest',
      'Network',
      'Process',
      'Registry',
      'System',
      'Volume',
    ].map((noun) => `wharf.v1.${noun}Service`),
  );
  const file = fieldsOf(await reflect(daemon.socket, bytesOf(3, 'wharf/v1/errors.proto')));
  expect(file.some(({ field }) => field === 4)).toBe(true);
  const unknown = fieldsOf(await reflect(daemon.socket, bytesOf(4, 'no.Such')));
  expect(unknown.some(({ field }) => field === 7)).toBe(true);
});

test('the health protocol says that the server and its services serve', async () => {
  await using daemon = await testServer();
  const client = new Client(`unix://${daemon.socket}`, credentials.createInsecure());
  const same = (bytes: Buffer): Buffer => bytes;
  const check = (service: string): Promise<Buffer> =>
    new Promise((resolve, reject) =>
      client.makeUnaryRequest(
        '/grpc.health.v1.Health/Check',
        same,
        same,
        bytesOf(1, service),
        (error, answer) => (error === null ? resolve(answer ?? Buffer.alloc(0)) : reject(error)),
      ),
    );
  expect(await check('')).toEqual(Buffer.from([8, 1]));
  expect(await check('wharf.v1.ImageService')).toEqual(Buffer.from([8, 1]));
  await expect(check('nope')).rejects.toMatchObject({ code: status.NOT_FOUND });
  client.close();
});

describe('limits', () => {
  const same = (bytes: Buffer): Buffer => bytes;
  const start = '/wharf.v1.ContainerService/StartContainer';
  const send = (socket: string, request: Buffer): Promise<Buffer | undefined> => {
    const client = new Client(`unix://${socket}`, credentials.createInsecure(), {
      'grpc.max_send_message_length': -1,
    });
    return new Promise<Buffer | undefined>((resolve, reject) =>
      client.makeUnaryRequest(start, same, same, request, (error, answer) =>
        error === null ? resolve(answer) : reject(error),
      ),
    ).finally(() => client.close());
  };

  test('a message of more than 16 MiB is refused', async () => {
    await using daemon = await testServer();
    const call = send(daemon.socket, Buffer.alloc(17 * 1024 * 1024));
    await expect(call).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    expect(daemon.engine.calls).toHaveLength(0);
  });

  test('garbage is refused as invalid-argument and the server lives on', async () => {
    await using daemon = await testServer();
    const garbage = send(daemon.socket, Buffer.from('0aff', 'hex'));
    await expect(garbage).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(await send(daemon.socket, bytesOf(1, 'x'))).toBeDefined();
  });
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeRequest } from './bounded-reader.js';
import { AttachContainerRequest, AttachContainerResponse } from './gen/wharf/v1/containers.js';
import { ExecProcessRequest, ExecProcessResponse } from './gen/wharf/v1/processes.js';
import { methodOf } from './methods.js';
import { ContainerServiceDefinition, ProcessServiceDefinition } from './services.js';

const attach = methodOf(ContainerServiceDefinition, 'attachContainer');
const exec = methodOf(ProcessServiceDefinition, 'execProcess');
const data = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.constantFrom(0, 127, 128, 16_383, 16_384, 70_000).map((size) => new Uint8Array(size).fill(7)),
);

const encoded = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

test('the shortcut writes and reads what the generated code does', () => {
  fc.assert(
    fc.property(data, (bytes) => {
      const value = Buffer.from(bytes);
      for (const $case of ['stdout', 'stderr'] as const) {
        const output = { frame: { $case, value } };
        const plain = AttachContainerResponse.encode(output).finish();
        expect(encoded(attach.response.encode(output).finish())).toBe(encoded(plain));
        expect(encoded(exec.response.encode(output).finish())).toBe(
          encoded(ExecProcessResponse.encode(output).finish()),
        );
        const { frame } = attach.response.decodeBulk?.(plain) ?? {};
        expect(frame?.$case).toBe($case);
        if (frame?.$case === $case) expect(encoded(frame.value)).toBe(encoded(value));
      }
      const stdin = { frame: { $case: 'stdin' as const, value } };
      const plain = AttachContainerRequest.encode(stdin).finish();
      expect(encoded(attach.request.encode(stdin).finish())).toBe(encoded(plain));
      expect(encoded(exec.request.encode(stdin).finish())).toBe(
        encoded(ExecProcessRequest.encode(stdin).finish()),
      );
      const { frame } = decodeRequest(attach.request, plain);
      if (frame?.$case === 'stdin') expect(encoded(frame.value)).toBe(encoded(value));
    }),
  );
});

test('what only looks like such a frame goes the ordinary way', () => {
  const two = Buffer.from('1201411a0142', 'hex');
  expect(attach.response.decodeBulk?.(two)).toBeUndefined();
  expect(attach.response.decode(two)).toEqual({
    frame: { $case: 'stderr', value: Buffer.from('B') },
  });
  expect(() => decodeRequest(attach.request, Buffer.from('12ff', 'hex'))).toThrow(/not a valid/);
});

import fc from 'fast-check';
import type { ContainerId, ContainerName, ExecId } from '@wharf/core';

export const text = fc
  .string({ unit: 'grapheme', maxLength: 12 })
  .filter((value) => !value.includes('\0'));
export const word = text.filter((value) => value !== '');
export const texts = fc.array(text, { maxLength: 4 });
export const int32 = fc.integer();
export const natural = fc.nat();
export const size = fc.maxSafeNat();
export const int64 = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
export const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
export const signed = fc.bigInt({ min: -1n, max: 2n ** 63n - 1n });
export const time = fc.date({
  noInvalidDate: true,
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
});
export const flag = fc.boolean();
export const hexId = fc.stringMatching(/^[0-9a-f]{64}$/);
export const containerId = hexId as fc.Arbitrary<ContainerId>;
export const execId = hexId as fc.Arbitrary<ExecId>;
export const containerName = fc.stringMatching(
  /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,20}$/,
) as fc.Arbitrary<ContainerName>;
export const bytes = fc.uint8Array({ maxLength: 40 }).map((each) => Buffer.from(each));
export const textMap = fc
  .array(fc.tuple(fc.oneof(text, fc.constantFrom('__proto__', 'constructor')), text), {
    maxLength: 4,
  })
  .map((entries) => new Map(entries));
export const filters = fc
  .array(fc.tuple(text, texts), { minLength: 1, maxLength: 3 })
  .map((entries) => new Map(entries));
export const labels = fc
  .array(fc.tuple(fc.oneof(text, fc.constantFrom('__proto__', 'constructor')), text), {
    maxLength: 4,
  })
  .map((entries) =>
    Object.assign(Object.create(null) as Record<string, string>, Object.fromEntries(entries)),
  );

export function record<T extends object, K extends keyof T & string>(
  required: { [P in K]: fc.Arbitrary<T[P]> },
  optional: { [P in Exclude<keyof T & string, K>]: fc.Arbitrary<Exclude<T[P], undefined>> },
): fc.Arbitrary<T> {
  const model = { ...required, ...optional } as Record<string, fc.Arbitrary<unknown>>;
  const requiredKeys = Object.keys(required);
  return fc.record(model, { requiredKeys }) as unknown as fc.Arbitrary<T>;
}

/** A header as a test wants it: nothing is checked, any field can lie. */
export interface RawMember {
  readonly name?: Uint8Array | string;
  /** The typeflag character; default '0'. */
  readonly type?: string;
  readonly mode?: number | Uint8Array | string;
  readonly uid?: number | Uint8Array | string;
  readonly gid?: number | Uint8Array | string;
  readonly mtime?: number | Uint8Array | string;
  readonly size?: number | Uint8Array | string;
  readonly link?: Uint8Array | string;
  readonly magic?: string;
  readonly major?: number | string;
  readonly minor?: number | string;
  readonly prefix?: Uint8Array | string;
  readonly checksum?: string;
  readonly body?: Uint8Array | string;
  /** Last changes to the block before the checksum is made. */
  readonly patch?: (block: Buffer) => void;
}

const bytes = (value: Uint8Array | string): Buffer =>
  typeof value === 'string' ? Buffer.from(value) : Buffer.from(value);

function field(
  block: Buffer,
  at: number,
  length: number,
  value: number | string | Uint8Array,
): void {
  const raw = typeof value === 'number' ? value.toString(8).padStart(length - 1, '0') : value;
  bytes(raw).copy(block, at, 0, length);
}

/** A number in GNU's base-256 form. */
export function base256(value: bigint, length: number): Buffer {
  const out = Buffer.alloc(length);
  let rest = value;
  for (let at = length - 1; at >= 0; at--) {
    out[at] = Number(BigInt.asUintN(8, rest));
    rest >>= 8n;
  }
  out[0] = value < 0n ? 0xff : ((out[0] ?? 0) & 0x7f) | 0x80;
  return out;
}

/** One member: header, body, padding. */
export function member(given: RawMember): Buffer {
  const body = bytes(given.body ?? '');
  const block = Buffer.alloc(512);
  field(block, 0, 100, given.name ?? '');
  field(block, 100, 8, given.mode ?? 0o644);
  field(block, 108, 8, given.uid ?? 0);
  field(block, 116, 8, given.gid ?? 0);
  field(block, 124, 12, given.size ?? body.length);
  field(block, 136, 12, given.mtime ?? 0);
  block.write(given.type ?? '0', 156, 'latin1');
  field(block, 157, 100, given.link ?? '');
  block.write(given.magic ?? 'ustar\x0000', 257, 'latin1');
  if (given.major !== undefined) field(block, 329, 8, given.major);
  if (given.minor !== undefined) field(block, 337, 8, given.minor);
  if (given.prefix !== undefined) field(block, 345, 155, given.prefix);
  given.patch?.(block);
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(given.checksum ?? `${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.concat([block, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}

/** A PAX record with a right length, or with `length` as the length. */
export function record(key: string, value: Uint8Array | string, length?: string): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`, 'latin1'), bytes(value), Buffer.from('\n')]);
  let total = rest.length + 1;
  while (String(total).length + rest.length !== total) total++;
  return Buffer.concat([Buffer.from(length ?? String(total)), rest]);
}

/** A PAX header of these records. */
export function pax(records: Record<string, Uint8Array | string>): Buffer {
  return paxRaw(Object.entries(records).map(([key, value]) => record(key, value)));
}

export function paxRaw(parts: readonly Uint8Array[], type = 'x'): Buffer {
  return member({ name: 'PaxHeaders.0/x', type, body: Buffer.concat(parts) });
}

export const end: Buffer = Buffer.alloc(1024);

export function archive(...parts: readonly Buffer[]): Buffer {
  return Buffer.concat([...parts, end]);
}

/** A member of an archive, as true or as false as a test wants it. */
export interface Member {
  readonly name: string;
  /** The typeflag of ustar: `0` file (default), `1` hard link, `2` link, `3` and `4` devices, `5` directory … */
  readonly type?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly link?: string;
  readonly major?: number;
  readonly minor?: number;
  readonly body?: Uint8Array | string;
  /** The length that the header gives, when it is not that of the body. */
  readonly size?: number;
}

const block = 512;

/** Header, body and padding; nothing is checked. */
function encode(member: Member): Buffer {
  const body = Buffer.from(member.body ?? '');
  const header = Buffer.alloc(block);
  const octal = (at: number, length: number, value: number): void =>
    void header.write(value.toString(8).padStart(length - 1, '0'), at);
  header.write(member.name, 0, 100);
  octal(100, 8, member.mode ?? (member.type === '5' ? 0o755 : 0o644));
  octal(108, 8, member.uid ?? 0);
  octal(116, 8, member.gid ?? 0);
  octal(124, 12, member.size ?? body.length);
  octal(136, 12, 0);
  header.write(member.type ?? '0', 156);
  header.write(member.link ?? '', 157, 100);
  header.write('ustar\x0000', 257, 'latin1');
  octal(329, 8, member.major ?? 0);
  octal(337, 8, member.minor ?? 0);
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  const padding = Buffer.alloc((block - (body.length % block)) % block);
  return Buffer.concat([header, body, padding]);
}

/** An archive of these members, in this order. */
export function tar(...members: readonly Member[]): Buffer {
  return Buffer.concat([...members.map(encode), Buffer.alloc(2 * block)]);
}

export const file = (name: string, body: Uint8Array | string, mode = 0o644): Member => ({
  name,
  body,
  mode,
});
export const directory = (name: string, mode = 0o755): Member => ({ name, type: '5', mode });
export const symlink = (name: string, link: string): Member => ({ name, type: '2', link });
export const hardlink = (name: string, link: string): Member => ({ name, type: '1', link });

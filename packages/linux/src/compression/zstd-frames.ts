import { DataLossError, InvalidArgumentError } from '@wharf/core';

const frameMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a50;
const pieceBytes = 512 << 10;

/**
 * Gives a zstd stream in pieces that never reach over the end of a frame, and leaves out skippable frames (RFC 8878,
 * 3.1): Node's decoder stops silently where a frame ends inside a piece of input, and layers of the zstd:chunked kind
 * have a frame for each file.
 * @throws DataLossError when the stream is no zstd or breaks off, InvalidArgumentError when it needs a dictionary.
 */
export async function* zstdFrames(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const input = new Input(source);
  let frames = 0;
  while (await input.more()) {
    const magic = await input.take(4);
    if ((magic.readUInt32LE() & 0xfffffff0) >>> 0 === skippableMagic) {
      await input.skip((await input.take(4)).readUInt32LE());
      continue;
    }
    if (magic.readUInt32LE() !== frameMagic) {
      throw new DataLossError('the layer is not a zstd stream, or something follows its end');
    }
    yield* frame(input, magic);
    frames++;
  }
  if (frames === 0) throw new DataLossError('the layer is not a zstd stream: it has no frame');
}

async function* frame(input: Input, magic: Buffer): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [magic];
  let bytes = 0;
  const { header, checksum } = await frameHeader(input);
  pieces.push(header);
  for (let last = false; !last;) {
    const block = await input.take(3);
    const word = block.readUIntLE(0, 3);
    last = (word & 1) === 1;
    pieces.push(block, await input.take(blockContent(word)));
    bytes += blockContent(word) + 3;
    if (bytes >= pieceBytes && !last) {
      yield Buffer.concat(pieces);
      pieces = [];
      bytes = 0;
    }
  }
  if (checksum) pieces.push(await input.take(4));
  yield Buffer.concat(pieces);
}

async function frameHeader(input: Input): Promise<{ header: Buffer; checksum: boolean }> {
  const first = await input.take(1);
  const descriptor = first[0] ?? 0;
  const single = (descriptor & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const content = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const rest = await input.take((single ? 0 : 1) + dictionary + content);
  const id = single ? 0 : 1;
  if (rest.subarray(id, id + dictionary).some((byte) => byte !== 0)) {
    throw new InvalidArgumentError('the layer is a zstd stream that needs a dictionary');
  }
  return { header: Buffer.concat([first, rest]), checksum: (descriptor & 4) !== 0 };
}

/** Stored bytes of a block: an RLE block has one byte whatever its size says. */
function blockContent(word: number): number {
  const kind = (word >> 1) & 3;
  const size = word >> 3;
  if (kind === 3 || size > 128 << 10) {
    throw new DataLossError('the zstd stream of the layer has a broken block');
  }
  return kind === 1 ? 1 : size;
}

class Input {
  readonly #source: AsyncIterator<Buffer>;
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async more(): Promise<boolean> {
    while (this.#at === this.#chunk.length) {
      const next = await this.#source.next();
      if (next.done === true) return false;
      this.#chunk = next.value;
      this.#at = 0;
    }
    return true;
  }

  async take(count: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let left = count; left > 0;) {
      const part = await this.#some(left);
      parts.push(part);
      left -= part.length;
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  }

  async skip(count: number): Promise<void> {
    for (let left = count; left > 0;) left -= (await this.#some(left)).length;
  }

  async #some(limit: number): Promise<Buffer> {
    if (!(await this.more())) throw new DataLossError('the zstd stream of the layer is truncated');
    const part = this.#chunk.subarray(this.#at, this.#at + limit);
    this.#at += part.length;
    return part;
  }
}

export type { CompressOptions, Compression } from '../compression/compress.js';
export { compress } from '../compression/compress.js';
export type { EntryType, TarEntry, TarLimits, TarMember, TarSink, TarTime } from '../tar/index.js';
export { defaultTarLimits, encodeHeader, TarReader, tarTrailer, writeTar } from '../tar/index.js';
export type { UnpackResult } from './protocol.js';
export type { Unpacker, UnpackerOptions, UnpackLimits, UnpackRequest } from './unpacker.js';
export { createUnpacker } from './unpacker.js';

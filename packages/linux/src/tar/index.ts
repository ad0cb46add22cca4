export type { EntryType, TarEntry, TarLimits, TarSink, TarTime } from './entry.js';
export { defaultTarLimits } from './entry.js';
export { TarReader } from './reader.js';
export type { TarMember } from './writer.js';
export { encodeHeader, tarTrailer, writeTar } from './writer.js';

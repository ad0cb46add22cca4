export type { PackerOptions } from './packer.js';
export { createPacker } from './packer.js';
export type { LeftOut, MemberOptions } from './tree/members.js';
export type { PackedTree, PackTreeOptions, TarChunks } from './tree/pack-tree.js';
export { packTree, treeChunks } from './tree/pack-tree.js';

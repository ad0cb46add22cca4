export * from './error.js';
export * from './instruction/dockerfile.js';
export * from './parse/parse.js';

import type { WantedFile } from '../../ports.js';
import { readApk } from './apk.js';
import { readDpkg } from './dpkg.js';
import { readNpm } from './npm.js';
import type { PackageReader } from './package.js';
import { readPython } from './python.js';

const mebibyte = 1024 * 1024;

/** Where an image says what is installed, and how it is read. */
export interface Place extends WantedFile {
  /** Undefined for what says which system it is. */
  readonly read?: PackageReader;
}

/**
 * Databases of systems, package.json of packages in node_modules (of theirs, not of directories inside them), and metadata of Python,
 * whose descriptions may be long.
 */
export const places: readonly Place[] = [
  { pattern: /^(?:etc|usr\/lib)\/os-release$/, maxBytes: 65_536, head: true },
  {
    pattern: /^var\/lib\/dpkg\/status(?:\.d\/[^/]+(?<!\.md5sums))?$/,
    maxBytes: 8 * mebibyte,
    head: false,
    read: readDpkg,
  },
  {
    pattern: /^(?:usr\/)?lib\/apk\/db\/installed$/,
    maxBytes: 8 * mebibyte,
    head: false,
    read: readApk,
  },
  {
    pattern: /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/@.][^/]*\/package\.json$/,
    maxBytes: mebibyte / 4,
    head: false,
    read: readNpm,
  },
  {
    pattern: /\.(?:dist-info\/METADATA|egg-info\/PKG-INFO|egg\/EGG-INFO\/PKG-INFO|egg-info)$/,
    maxBytes: 65_536,
    head: true,
    read: readPython,
  },
];

/** Of all that is read in one image. */
export const searchLimits = { maxFiles: 100_000, maxBytes: 96 * mebibyte };

import { fileLine } from './image.js';
import type { SavedImage } from './image.js';

/** All that is compared of an image, by name: `/path` for files that are other than in the base, else a field. */
export type Facts = Readonly<Record<string, unknown>>;

const fields = [
  'Env',
  'Cmd',
  'Entrypoint',
  'Labels',
  'User',
  'WorkingDir',
  'ExposedPorts',
  'Volumes',
  'StopSignal',
  'Healthcheck',
  'OnBuild',
  'Shell',
] as const;

/** The facts of an image that was built on `base`, or on nothing. */
export function facts(image: SavedImage, base: SavedImage): Facts {
  const built: Record<string, unknown> = {};
  for (const field of fields) {
    const value = image.config[field];
    if (!isEmpty(value)) built[field] = value;
  }
  const own = isOn(image, base);
  built['history'] = image.history - (own ? base.history : 0);
  const below = own ? base.files : new Map<string, never>();
  for (const path of [...new Set([...image.files.keys(), ...below.keys()])].sort()) {
    const [line, before] = [fileLine(image.files, path), fileLine(below, path)];
    if (path !== '' && line !== before) built[`/${path}`] = line ?? 'gone';
  }
  return built;
}

/** An image on the base has its files, but for what the case takes away. */
function isOn(image: SavedImage, base: SavedImage): boolean {
  return [...base.files.keys()].filter((path) => image.files.has(path)).length > 100;
}

/** What one engine leaves out, another writes as null, an empty list or an empty text. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

import type { CommandEntry, ManagementEntry } from './argv/index.js';
import type { CliContext } from './context.js';
import { builderCommands } from './program/builder.js';
import { commonCommands } from './program/common.js';
import { containerCommands } from './program/container.js';
import { contextCommands } from './program/context.js';
import { entry } from './program/entry.js';
import { imageCommands } from './program/image.js';
import { manifestCommands } from './program/manifest.js';
import { networkCommands } from './program/network.js';
import { systemCommands } from './program/system.js';
import { volumeCommands } from './program/volume.js';

export const management: readonly ManagementEntry[] = [
  { path: ['builder'], summary: 'Manage builds' },
  { path: ['builder', 'history'], summary: 'Work on the record of builds' },
  { path: ['builder', 'cache-mount'], summary: 'Manage what cache mounts of builds hold' },
  { path: ['container'], summary: 'Manage containers' },
  { path: ['context'], summary: 'Manage contexts' },
  { path: ['image'], summary: 'Manage images' },
  { path: ['manifest'], summary: 'Manage image manifests and manifest lists' },
  { path: ['network'], summary: 'Manage networks' },
  { path: ['system'], summary: 'Manage Wharf' },
  { path: ['volume'], summary: 'Manage volumes' },
];

/** Every command, none of them loaded. */
export const commands: readonly CommandEntry<CliContext>[] = [
  ...commonCommands,
  ...builderCommands,
  ...containerCommands,
  ...contextCommands,
  ...imageCommands,
  entry(
    'inspect',
    'Return low-level information on Wharf objects',
    () => import('./commands/system/inspect.js'),
  ),
  ...manifestCommands,
  ...networkCommands,
  ...systemCommands,
  ...volumeCommands,
];

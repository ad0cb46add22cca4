import type { ImageHistoryEntry, ImageRuntimeConfig } from '@wharf/core';
import type { ImageConfig } from './config.js';
import { writeHealthcheck } from './healthcheck.js';
import type { JsonObject } from './json-value.js';
import { jsonList, jsonObject, jsonSet, jsonStringMap, serialiseJson } from './json-write.js';

/** The bytes of a config; the same for the same content, and read back by `parseConfig` to an equal value. */
export function serialiseConfig(image: ImageConfig): Uint8Array {
  const { platform } = image;
  return serialiseJson(
    jsonObject([
      ['created', image.created],
      ['author', image.author || undefined],
      ['architecture', platform.architecture],
      ['os', platform.os],
      ['variant', platform.variant || undefined],
      ['os.version', platform.osVersion],
      ['config', writeRuntimeConfig(image.config)],
      [
        'rootfs',
        jsonObject([
          ['type', 'layers'],
          ['diff_ids', image.diffIds],
        ]),
      ],
      ['history', jsonList(image.history.map(writeHistory))],
    ]),
  );
}

function writeRuntimeConfig(config: ImageRuntimeConfig): JsonObject {
  return jsonObject([
    ['User', config.user || undefined],
    ['ExposedPorts', jsonSet(config.exposedPorts)],
    ['Env', jsonList(config.env)],
    ['Entrypoint', jsonList(config.entrypoint)],
    ['Cmd', jsonList(config.command)],
    ['Volumes', jsonSet(config.volumes)],
    ['WorkingDir', config.workdir || undefined],
    ['Labels', jsonStringMap(config.labels)],
    ['StopSignal', config.stopSignal || undefined],
    ['Healthcheck', config.healthcheck && writeHealthcheck(config.healthcheck)],
    ['Shell', jsonList(config.shell)],
    ['OnBuild', jsonList(config.onBuild)],
  ]);
}

function writeHistory(entry: ImageHistoryEntry): JsonObject {
  return jsonObject([
    ['created', entry.createdAt?.toISOString()],
    ['created_by', entry.createdBy || undefined],
    ['comment', entry.comment || undefined],
    ['empty_layer', entry.emptyLayer || undefined],
  ]);
}

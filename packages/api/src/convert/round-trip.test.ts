import { describe, expect, test } from 'vitest';
import * as wireContainers from '../gen/wharf/v1/containers.js';
import * as wireEvents from '../gen/wharf/v1/events.js';
import * as wireImages from '../gen/wharf/v1/images.js';
import * as wireNetworking from '../gen/wharf/v1/networking.js';
import * as wireNetworks from '../gen/wharf/v1/networks.js';
import * as wireProcesses from '../gen/wharf/v1/processes.js';
import * as wireSystem from '../gen/wharf/v1/system.js';
import * as wireVolumes from '../gen/wharf/v1/volumes.js';
import * as arbitraries from '../testing/arbitraries/index.js';
import { roundTrip } from '../testing/round-trip.js';
import { containerSpecFromWire, containerSpecToWire } from './container-spec.js';
import { containerStateFromWire, containerStateToWire } from './container-state.js';
import { containerFromWire, containerToWire, statsFromWire, statsToWire } from './containers.js';
import {
  eventFrameFromWire,
  eventFrameToWire,
  watchQueryFromWire,
  watchQueryToWire,
} from './events.js';
import { imageFromWire, imageToWire } from './images.js';
import { endpointSpecFromWire, endpointSpecToWire } from './networking.js';
import {
  networkFromWire,
  networkSpecFromWire,
  networkSpecToWire,
  networkToWire,
} from './networks.js';
import {
  processFromWire,
  processSpecFromWire,
  processSpecToWire,
  processToWire,
} from './processes.js';
import { logQueryFromWire, logQueryToWire, logRecordFromWire, logRecordToWire } from './streams.js';
import { infoFromWire, infoToWire, versionFromWire, versionToWire } from './system.js';
import {
  volumeEntryFromWire,
  volumeEntryToWire,
  volumeFromWire,
  volumePathsFromWire,
  volumePathsToWire,
  volumeSpecFromWire,
  volumeSpecToWire,
  volumeToWire,
} from './volumes.js';

describe('what goes over the wire comes back as it was:', () => {
  test('container spec', () => {
    const codec = wireContainers.ContainerSpec;
    roundTrip(arbitraries.containerSpec, codec, containerSpecToWire, containerSpecFromWire);
  });

  test('container state', () => {
    const codec = wireContainers.ContainerState;
    roundTrip(arbitraries.containerState, codec, containerStateToWire, containerStateFromWire);
  });

  test('container', () => {
    const codec = wireContainers.Container;
    roundTrip(arbitraries.container, codec, containerToWire, containerFromWire);
  });

  test('container stats', () => {
    const codec = wireContainers.ContainerStats;
    roundTrip(arbitraries.containerStats, codec, statsToWire, statsFromWire);
  });

  test('log query', () => {
    const codec = wireContainers.StreamContainerLogsRequest;
    const toWire = logQueryToWire.bind(undefined, 'box');
    roundTrip(arbitraries.logQuery, codec, toWire, logQueryFromWire);
  });

  test('log record, with nanoseconds', () => {
    roundTrip(arbitraries.logRecord, wireContainers.LogRecord, logRecordToWire, logRecordFromWire);
  });

  test('process spec', () => {
    const toWire = processSpecToWire.bind(undefined, 'box');
    roundTrip(arbitraries.processSpec, wireProcesses.ProcessSpec, toWire, processSpecFromWire);
  });

  test('process', () => {
    roundTrip(arbitraries.process, wireProcesses.Process, processToWire, processFromWire);
  });

  test('image', () => {
    roundTrip(arbitraries.image, wireImages.Image, imageToWire, imageFromWire);
  });

  test('watch query', () => {
    const codec = wireEvents.WatchEventsRequest;
    roundTrip(arbitraries.watchQuery, codec, watchQueryToWire, watchQueryFromWire);
  });

  test('event frame', () => {
    const codec = wireEvents.WatchEventsResponse;
    roundTrip(arbitraries.eventFrame, codec, eventFrameToWire, eventFrameFromWire);
  });

  test('version', () => {
    const codec = wireSystem.GetVersionResponse;
    roundTrip(arbitraries.version, codec, versionToWire, versionFromWire);
  });

  test('info', () => {
    roundTrip(arbitraries.info, wireSystem.GetInfoResponse, infoToWire, infoFromWire);
  });

  test('network spec', () => {
    const codec = wireNetworks.NetworkSpec;
    roundTrip(arbitraries.networkSpec, codec, networkSpecToWire, networkSpecFromWire);
  });

  test('network', () => {
    roundTrip(arbitraries.network, wireNetworks.Network, networkToWire, networkFromWire);
  });

  test('endpoint spec', () => {
    const codec = wireNetworking.Endpoint;
    roundTrip(arbitraries.endpointSpec, codec, endpointSpecToWire, endpointSpecFromWire);
  });

  test('volume spec', () => {
    const codec = wireVolumes.VolumeSpec;
    roundTrip(arbitraries.volumeSpec, codec, volumeSpecToWire, volumeSpecFromWire);
  });

  test('volume', () => {
    roundTrip(arbitraries.volume, wireVolumes.Volume, volumeToWire, volumeFromWire);
  });

  test('entry of a volume, whatever bytes its path has', () => {
    const codec = wireVolumes.VolumeEntry;
    roundTrip(arbitraries.volumeEntry, codec, volumeEntryToWire, volumeEntryFromWire);
  });
});

test('many paths of a volume travel in several messages, none of which is too large', () => {
  const paths = Array.from({ length: 12_001 }, (_, at) => `${at}/${'\u00ff'.repeat(200)}`);
  const messages = [...volumePathsToWire(paths)];
  expect(messages.flatMap((message) => volumePathsFromWire(message.paths))).toEqual(paths);
  for (const message of messages) {
    expect(message.paths.length).toBeGreaterThan(0);
    expect(wireVolumes.VolumePaths.encode(message).finish().byteLength).toBeLessThan(2 ** 21);
  }
});

import { defineFlags } from '../../argv/flags.js';
import type { SystemInfo } from '@wharf/core';
import { buildFacts } from '../../build-facts.js';
import { escapeControlsInLines } from '../../format/escape.js';
import { bytesSize } from '../../format/units.js';
import { define } from '../define.js';
import { inspectFormatFlag } from '../shared/format-flag.js';
import { formatOne } from '../shared/format-one.js';

export default define({
  path: ['system', 'info'],
  aliases: [['info']],
  summary: 'Display system-wide information',
  flags: defineFlags({ format: inspectFormatFlag }),
  args: [],
  examples: [
    {
      text: 'What works less well here than it could',
      command: "wharf info -f '{{json .Degraded}}'",
    },
  ],
  async run(context, { format }, _args, { signal }) {
    const { stdout } = context.io;
    const client = `Client:\n Version:    ${buildFacts.version}\n Debug Mode: ${context.globals.debug}\n\n`;
    if (format === '') stdout.write(client);
    const info = await (await context.engine()).system.info({ signal });
    if (format === '') stdout.write(escapeControlsInLines(serverText(info)));
    else stdout.write(formatOne(format, infoObject(info)));
  },
});

/** In docker's names where there is one. */
function infoObject(info: SystemInfo): object {
  return {
    ID: info.id,
    Containers: info.containers,
    ContainersRunning: info.containersRunning,
    ContainersPaused: info.containersPaused,
    ContainersStopped: info.containersStopped,
    Images: info.images,
    Driver: info.storageDriver,
    LoggingDriver: info.logDriver,
    CgroupDriver: info.cgroupDriver,
    CgroupVersion: info.cgroupVersion,
    KernelVersion: info.kernelVersion,
    OperatingSystem: info.operatingSystem,
    OSType: info.osType,
    Architecture: info.architecture,
    NCPU: info.cpus,
    MemTotal: info.memory,
    DockerRootDir: info.dataRoot,
    ExecRoot: info.execRoot,
    Name: info.name,
    ServerVersion: info.version,
    Runtimes: new Map(
      info.runtimes.map(({ name, path, version, problem }) => [
        name,
        { path, version, ...(problem === '' ? {} : { problem }) },
      ]),
    ),
    DefaultRuntime: info.runtimes.find(({ isDefault }) => isDefault)?.name ?? '',
    SecurityOptions: info.securityOptions,
    SystemTime: info.systemTime.toISOString(),
    InitBinary: info.initPath,
    Degraded: info.degraded.map(({ what, why }) => ({ What: what, Why: why })),
    Recovery: info.recovery,
    Counters: new Map(Object.entries(info.counters)),
  };
}

function serverText(info: SystemInfo): string {
  const runtimes = info.runtimes.map(
    ({ name, version, problem }) => `${name} ${version}${problem === '' ? '' : ` (${problem})`}`,
  );
  const facts: (readonly [string, string | number])[] = [
    ['Containers', info.containers],
    [' Running', info.containersRunning],
    [' Paused', info.containersPaused],
    [' Stopped', info.containersStopped],
    ['Images', info.images],
    ['Server Version', info.version],
    ['Storage Driver', info.storageDriver],
    ['Logging Driver', info.logDriver],
    ['Cgroup Driver', info.cgroupDriver],
    ['Cgroup Version', info.cgroupVersion],
    ['Runtimes', runtimes.join(', ')],
    ['Default Runtime', info.runtimes.find(({ isDefault }) => isDefault)?.name ?? ''],
    ['Init Binary', info.initPath],
    ['Security Options', info.securityOptions.join(', ')],
    ['Kernel Version', info.kernelVersion],
    ['Operating System', info.operatingSystem],
    ['OSType', info.osType],
    ['Architecture', info.architecture],
    ['CPUs', info.cpus],
    ['Total Memory', bytesSize(info.memory)],
    ['Name', info.name],
    ['ID', info.id],
    ['Data Root', info.dataRoot],
    ['Exec Root', info.execRoot],
  ];
  const lines = facts
    .filter(([, value]) => value !== '')
    .map(([name, value]) => ` ${name}: ${value}\n`);
  return [
    'Server:\n',
    ...lines,
    ...list(
      'Degraded',
      info.degraded.map(({ what, why }) => `${what}: ${why}`),
    ),
    ...list('Recovery', info.recovery),
    ...list(
      'Counters',
      Object.entries(info.counters).map(([name, count]) => `${name}: ${count}`),
    ),
  ].join('');
}

function list(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [` ${title}:\n`, ...items.map((item) => `  ${item}\n`)];
}

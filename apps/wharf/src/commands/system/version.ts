import { defineFlags } from '../../argv/flags.js';
import { buildFacts } from '../../build-facts.js';
import type { CliIo } from '../../io/io.js';
import { define } from '../define.js';
import { inspectFormatFlag } from '../shared/format-flag.js';
import { isWharfError, type VersionInfo } from '@wharf/core';
import { formatOne } from '../shared/format-one.js';

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

function clientVersion() {
  return {
    Version: buildFacts.version,
    ApiVersion: buildFacts.apiVersion,
    GitCommit: buildFacts.gitCommit,
    Os: process.platform as string,
    Arch: architectures[process.arch] ?? process.arch,
    BuildTime: buildFacts.buildTime,
  };
}

function serverVersion(version: VersionInfo) {
  return {
    Platform: { Name: 'Wharf' },
    Components: version.components.map(({ name, version: own, details }) => ({
      Name: name,
      Version: own,
      Details: details,
    })),
    Version: version.version,
    ApiVersion: version.apiVersion,
    GitCommit: version.gitCommit,
    Os: version.os,
    Arch: version.architecture,
    KernelVersion: version.kernelVersion,
    BuildTime: version.buildTime,
  };
}

type Block = readonly (readonly [name: string, value: string])[];

function block(title: string, lines: Block, indent: string): string {
  const rows = lines
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${indent}${`${name}:`.padEnd(18)} ${value}\n`);
  return `${title}:\n${rows.join('')}`;
}

function clientText(version: ReturnType<typeof clientVersion>): string {
  return block(
    'Client',
    [
      ['Version', version.Version],
      ['API version', version.ApiVersion],
      ['Git commit', version.GitCommit],
      ['Built', version.BuildTime],
      ['OS/Arch', `${version.Os}/${version.Arch}`],
    ],
    ' ',
  );
}

function serverText(version: VersionInfo): string {
  const engine: Block = [
    ['Version', version.version],
    ['API version', version.apiVersion],
    ['Git commit', version.gitCommit],
    ['Built', version.buildTime],
    ['OS/Arch', `${version.os}/${version.architecture}`],
    ['Kernel version', version.kernelVersion],
  ];
  const parts = version.components.map(({ name, version: own, details }) =>
    block(` ${name}`, [['Version', own], ...Object.entries(details)], '  '),
  );
  return `\nServer:\n${block(' Engine', engine, '  ')}${parts.join('')}`;
}

/** A format that needs the server prints nothing: why there is none says more than that it is missing. */
function writeClientAlone(
  stdout: CliIo['stdout'],
  format: string,
  client: ReturnType<typeof clientVersion>,
): void {
  try {
    stdout.write(formatOne(format, { Client: client, Server: null }));
  } catch (thrown) {
    if (!isWharfError(thrown)) throw thrown;
  }
}

export default define({
  path: ['version'],
  summary: 'Show the Wharf version information',
  flags: defineFlags({ format: inspectFormatFlag }),
  args: [],
  examples: [
    { text: 'The version of the daemon', command: "wharf version -f '{{.Server.Version}}'" },
  ],
  async run(context, { format }, _args, { signal }) {
    const { stdout } = context.io;
    // What names no daemon at all is said alone.
    const { system } = await context.engine();
    const client = clientVersion();
    if (format === '') stdout.write(clientText(client));
    let server: VersionInfo | undefined;
    try {
      server = await system.version({ signal });
    } catch (thrown) {
      if (format === '' || !isWharfError(thrown)) throw thrown;
      writeClientAlone(stdout, format, client);
      throw thrown;
    }
    if (format === '') stdout.write(serverText(server));
    else stdout.write(formatOne(format, { Client: client, Server: serverVersion(server) }));
  },
});

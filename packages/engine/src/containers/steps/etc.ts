import { readAddress } from '../../networks/address.js';
import { readExtraHost } from '../../networks/etc-content.js';
import type { OpenedSandbox } from '../../networks/sandboxes.js';
import { etcContent, writeEtcFiles, type EtcContent } from '../etc-files.js';
import type { StepSpec } from './spec.js';

/** /etc/hostname is none of them: what a step writes there is part of its layer, as with docker build. */
export const stepEtcFiles = ['resolv.conf', 'hosts'];

/** As for containers; and what was asked for beside them where the networks are none of ours. */
export async function writeStepEtc(
  directory: string,
  step: StepSpec,
  sandbox: OpenedSandbox | undefined,
): Promise<void> {
  await writeEtcFiles(directory, step, sandbox ?? (await withAsked(step)));
}

async function withAsked({ spec, resolved }: StepSpec): Promise<EtcContent> {
  const { hostname, networkMode } = resolved;
  const { extraHosts, dns } = spec.networking;
  const { hosts, resolvConf } = await etcContent(hostname, undefined, networkMode);
  const lines = extraHosts.flatMap((line) => hostLine(line, networkMode));
  const servers = dns.servers
    .filter(isAddress)
    .map((server) => `nameserver ${server}\n`)
    .join('');
  const takesServers = servers !== '' && networkMode !== 'none';
  return {
    hosts: lines.length === 0 ? hosts : `${hosts.replace(/\n?$/, '\n')}${lines.join('\n')}\n`,
    resolvConf: takesServers ? servers : resolvConf,
  };
}

/** Who shares the host's network has the gateway to the host at home. */
function hostLine(line: string, networkMode: string): readonly string[] {
  const { name, address: asked } = readExtraHost(line);
  const gateway = networkMode === 'host' ? '127.0.0.1' : '';
  const address = asked === 'host-gateway' ? gateway : asked;
  return !isAddress(address) || !/^[\w.-]+$/.test(name) ? [] : [`${address}\t${name}`];
}

function isAddress(text: string): boolean {
  return readAddress(text) !== undefined;
}

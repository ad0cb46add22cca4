import { parseArgs } from 'node:util';
import { InvalidArgumentError } from '@wharf/core';

const definitions = {
  'config-file': { type: 'string' },
  'data-root': { type: 'string' },
  'exec-root': { type: 'string' },
  host: { type: 'string', short: 'H', multiple: true },
  group: { type: 'string', short: 'G' },
  'log-level': { type: 'string', short: 'l' },
  'log-format': { type: 'string' },
  debug: { type: 'boolean', short: 'D' },
  'log-driver': { type: 'string' },
  'log-opt': { type: 'string', multiple: true },
  'add-runtime': { type: 'string', multiple: true },
  'default-runtime': { type: 'string' },
  'insecure-registry': { type: 'string', multiple: true },
  'registry-mirror': { type: 'string', multiple: true },
  'certs-dir': { type: 'string', multiple: true },
  'max-concurrent-downloads': { type: 'string' },
  'max-concurrent-uploads': { type: 'string' },
  'max-download-attempts': { type: 'string' },
  'default-registry': { type: 'string' },
  'http-proxy': { type: 'string' },
  'https-proxy': { type: 'string' },
  'no-proxy': { type: 'string' },
  'serve-registry': { type: 'string' },
  bridge: { type: 'string', short: 'b' },
  bip: { type: 'string' },
  'default-address-pool': { type: 'string', multiple: true },
  dns: { type: 'string', multiple: true },
  'dns-opt': { type: 'string', multiple: true },
  'dns-option': { type: 'string', multiple: true },
  'dns-search': { type: 'string', multiple: true },
  mtu: { type: 'string' },
  icc: { type: 'string' },
  ip: { type: 'string' },
  'host-gateway-ip': { type: 'string', multiple: true },
  'bridge-ports': { type: 'string' },
  'host-names': { type: 'string' },
  'publish-scope': { type: 'string' },
  'default-network': { type: 'string' },
  'cgroup-parent': { type: 'string' },
  'default-pids-limit': { type: 'string' },
  'no-new-privileges': { type: 'boolean' },
  init: { type: 'boolean' },
  'shutdown-timeout': { type: 'string' },
  tls: { type: 'boolean' },
  tlsverify: { type: 'boolean' },
  tlscacert: { type: 'string' },
  tlscert: { type: 'string' },
  tlskey: { type: 'string' },
  tlscrl: { type: 'string' },
  'tls-min-version': { type: 'string' },
  validate: { type: 'boolean' },
  'print-config': { type: 'boolean' },
  version: { type: 'boolean', short: 'v' },
  help: { type: 'boolean', short: 'h' },
} as const;

export type Flags = ReturnType<typeof parseFlags>;

/** The command line of wharfd; names are dockerd's where the meaning is the same. */
export function parseFlags(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: definitions,
      strict: true,
      allowPositionals: false,
    }).values;
  } catch (error) {
    const text = error instanceof Error ? error.message.split('. To specify')[0] : String(error);
    throw new InvalidArgumentError(
      `${(text ?? '').charAt(0).toLowerCase()}${(text ?? '').slice(1)}; see wharfd --help`,
      { cause: error },
    );
  }
}

export const helpText = `Usage: wharfd [OPTIONS]

The Wharf daemon: builds, ships and runs containers; serves them over gRPC.

Options:
  -H, --host LIST                    Where to listen: unix:///path or tcp://host:port (repeatable;
                                     default unix:///run/wharf/wharf.sock). tcp needs --tlscacert,
                                     --tlscert and --tlskey: only callers with a certificate are heard
      --config-file FILE             Configuration, TOML (default /etc/wharf/wharfd.toml if it exists)
      --data-root DIR                Persistent state (default /var/lib/wharf)
      --exec-root DIR                State of this boot (default /run/wharf)
  -G, --group GROUP                  Members may use the socket; they are as good as root
  -l, --log-level LEVEL              debug | info | warn | error (default info)
      --log-format FORMAT            text | json (default text)
  -D, --debug                        The same as --log-level debug
      --log-driver NAME              Default for containers: json-file | none (default json-file)
      --log-opt KEY=VALUE            Default for containers (repeatable): max-size, max-file, compress
      --add-runtime NAME=PATH        A further OCI runtime (repeatable)
      --default-runtime NAME         Runtime of containers that name none
      --default-registry HOST[/PATH] Where the names of docker.io are (default docker.io)
      --insecure-registry HOST|CIDR  Speak plain http to this registry, or to those of this
                                     network (repeatable)
      --registry-mirror URL          Ask this mirror of docker.io first (repeatable)
      --certs-dir DIR                Directories HOST[:PORT]/{ca.crt,client.cert,client.key}
                                     (default /etc/wharf/certs.d and /etc/docker/certs.d)
      --max-concurrent-downloads N   Layers downloaded at a time (default 3)
      --max-concurrent-uploads N     Layers pushed at a time (default 5)
      --max-download-attempts N      Tries of a request to a registry (default 5)
      --http-proxy URL, --https-proxy URL, --no-proxy LIST
                                     For registries, in place of HTTP_PROXY, HTTPS_PROXY, NO_PROXY
      --serve-registry HOST:PORT     Serve the images here to other engines, read-only (see docs for TLS
                                     and for pushes)
  -b, --bridge NAME                  Interface of the default network, made if missing (default
                                     wharf0); none: no default network
      --bip CIDR                     Address of its gateway and its subnet, like 172.20.0.1/16
      --default-address-pool base=CIDR,size=LENGTH
                                     Where networks get subnets from that name none (repeatable)
      --dns ADDRESS                  Server of names for containers that name none (repeatable)
      --dns-search DOMAIN, --dns-option OPTION
                                     The same for search domains and options (repeatable)
      --mtu N                        Of networks that say nothing (default 0, which is 1500)
      --icc=false                    Containers of the default network do not reach each other
      --ip ADDRESS                   Where ports are published that name no address (default all)
      --bridge-ports COUNT           Containers on one bridge, then a network gets another one (default 1000)
      --host-names ADDRESS:PORT      Where programs of the host may ask for NAME.wharf.internal (default nowhere; true: 127.0.53.54:53)
      --publish-scope SCOPE          From where they are reached: loopback | lan | any (default any)
      --host-gateway-ip ADDRESS      What host-gateway stands for in --add-host (repeatable; default
                                     the gateway of the default network)
      --default-network NAME         Network of containers that name none (default bridge)
      --cgroup-parent NAME           Parent cgroup of containers (default /wharf)
      --default-pids-limit N         Processes a container may have (default 2048; -1 is no limit)
      --no-new-privileges            Set no_new_privs for containers by default
      --init                         Run an init in every container by default
      --shutdown-timeout SECONDS     How long calls may go on when the daemon stops (default 5)
      --tlscacert FILE               Authority of the callers' certificates
      --tlscert FILE, --tlskey FILE  The daemon's own certificate and key
      --tlscrl FILE                  Revoked certificates
      --tls-min-version VERSION      1.3 | 1.2 (default 1.3)
      --validate                     Check flags and configuration, then exit
      --print-config                 Print the effective configuration, then exit
  -v, --version                      Print the version, then exit
  -h, --help                         This text

Examples:
  wharfd
  wharfd --data-root /srv/wharf --group wharf
  wharfd -H unix:///run/wharf/wharf.sock -H tcp://0.0.0.0:2376 \\
         --tlscacert ca.pem --tlscert cert.pem --tlskey key.pem
`;

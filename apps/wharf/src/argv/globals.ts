import { defineFlags } from './flags.js';

/** The flags that stand before the command. `configDirectory` is shown as the default place. */
export function globalFlags(configDirectory: string) {
  return defineFlags({
    config: {
      type: 'string',
      description: 'Location of client config files',
      defaultText: JSON.stringify(configDirectory),
      complete: 'directory',
    },
    context: {
      type: 'string',
      short: 'c',
      description:
        'Name of the context to use to connect to the daemon ' +
        '(overrides WHARF_HOST env var and default context set with "wharf context use")',
      complete: 'context',
    },
    debug: { type: 'bool', short: 'D', description: 'Enable debug mode' },
    host: {
      type: 'strings',
      short: 'H',
      placeholder: 'list',
      description: 'Daemon socket to connect to',
    },
    'log-level': {
      type: 'string',
      short: 'l',
      default: 'info',
      values: ['debug', 'info', 'warn', 'error', 'fatal'],
      description: 'Set the logging level ("debug", "info", "warn", "error", "fatal")',
    },
    tls: { type: 'bool', description: 'Use TLS; implied by --tlsverify' },
    tlscacert: {
      type: 'string',
      description: 'Trust certs signed only by this CA',
      defaultText: JSON.stringify(`${configDirectory}/ca.pem`),
      complete: 'file',
    },
    tlscert: {
      type: 'string',
      description: 'Path to TLS certificate file',
      defaultText: JSON.stringify(`${configDirectory}/cert.pem`),
      complete: 'file',
    },
    tlskey: {
      type: 'string',
      description: 'Path to TLS key file',
      defaultText: JSON.stringify(`${configDirectory}/key.pem`),
      complete: 'file',
    },
    tlsverify: { type: 'bool', description: 'Use TLS and verify the remote' },
    version: { type: 'bool', short: 'v', description: 'Print version information and quit' },
  });
}

import type { TargetFlags } from '@wharf/client';
import { argumentError } from './argv/usage-error.js';
import type { CliContext } from './context.js';

/** The global flags that say which daemon is meant. @throws UsageError for a second -H */
export function targetFlags({
  globals,
  configDirectory,
}: Pick<CliContext, 'globals' | 'configDirectory'>): TargetFlags {
  const [host, ...more] = globals.host;
  if (more.length > 0) throw argumentError('specify only one -H');
  return {
    config: configDirectory,
    host,
    context: globals.context,
    tls: globals.tls,
    tlsVerify: globals.tlsverify,
    tlsCaCert: globals.tlscacert,
    tlsCert: globals.tlscert,
    tlsKey: globals.tlskey,
  };
}

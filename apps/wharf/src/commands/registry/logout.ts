import { userCredentials } from '../../credentials/credentials.js';
import { domainOf, serverOf } from '../../credentials/server.js';
import { define } from '../define.js';

export default define({
  path: ['logout'],
  summary: 'Log out from a registry',
  description: 'Log out from a registry.\nDefaults to Docker Hub if no server is specified.',
  usage: '[SERVER]',
  flags: {},
  args: [{ name: 'SERVER', optional: true, complete: 'registry' }],
  examples: [{ text: 'Forget what login has kept', command: 'wharf logout registry.example.org' }],
  async run(context, _flags, [server = ''], { signal }) {
    const { io } = context;
    const domain = domainOf(server);
    const store = userCredentials(context);
    io.stdout.write(`Removing login credentials for ${serverOf(domain)}\n`);
    const removed = await store.forget(domain, { signal });
    const elsewhere = await store.find(domain, { signal });
    if (elsewhere !== undefined) {
      io.stderr.write(
        `Docker's config.json has credentials for ${domain} too, and they go on being used: ` +
          `docker logout ${domain === 'docker.io' ? '' : domain}`.trimEnd() +
          ' removes them\n',
      );
    } else if (!removed) io.stderr.write(`not logged in to ${domain}\n`);
  },
});

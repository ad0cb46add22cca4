import { expect, test } from 'vitest';
import { useEngine } from '../support.js';
import { lacksArchive } from '../support/debian-archive.js';

const engine = useEngine({ busybox: false });
const minutes = 60_000;

test.skipIf(await lacksArchive())(
  'bootstrap makes a Debian of the release of the host by mmdebstrap',
  async () => {
    const making = await engine.cli(['image', 'bootstrap', 'debian'], { timeout: 4 * minutes });
    expect(making).toMatchObject({ code: 0 });
    expect(await engine.ok(['images', '--format', '{{.Repository}}:{{.Tag}}'])).toBe(
      'debian:latest',
    );
    const script =
      '. /etc/os-release; echo $ID; dpkg --print-architecture; stat -c %a /tmp; apt-get --version | head -n1';
    const text = await engine.ok([
      'run',
      '--rm',
      '--network',
      'none',
      'debian',
      'sh',
      '-c',
      script,
    ]);
    expect(text).toMatch(/^debian\n\w+\n1777\napt /);
    expect((await engine.run(['-i', 'debian'], { stdin: 'echo $BASH' })).stdout).toMatch(/bash\n$/);
  },
  5 * minutes,
);

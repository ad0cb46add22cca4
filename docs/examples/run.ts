/**
 * Runs a container, streams its logs, and ends with its exit code:
 *   run.ts unix:///run/wharf/wharf.sock IMAGE COMMAND...
 *   run.ts tcp://name:2376 IMAGE COMMAND...     with ca.pem, cert.pem and key.pem in WHARF_CERT_PATH
 */
import { createClient, resolveTarget } from '@wharf/client';
import { defaultContainerSpec, isWharfError } from '@wharf/core';

async function run(host: string, image: string, command: readonly string[]): Promise<number> {
  const client = createClient(await resolveTarget({ host }, process.env));
  const { signal } = new AbortController();
  try {
    const { id } = await client.containers.create(
      { ...defaultContainerSpec(image), command },
      { signal },
    );
    const ended = client.containers.wait(id, 'next-exit', { signal });
    await client.containers.start(id, { signal });
    const query = { stdout: true, stderr: true, follow: true };
    for await (const records of client.containers.logs(id, query, { signal })) {
      for (const { stream, data } of records) process[stream].write(data);
    }
    const { exitCode } = await ended;
    await client.containers.remove(id, { signal });
    return exitCode;
  } finally {
    await client.close();
  }
}

const [host = '', image = '', ...command] = process.argv.slice(2);
run(host, image, command).then(
  (exitCode) => (process.exitCode = exitCode),
  (error: unknown) => {
    process.stderr.write(isWharfError(error) ? `${error.message}\n` : `${String(error)}\n`);
    process.exitCode = 125;
  },
);

/**
 * A volume driver by Docker's plugin protocol, which Wharf and Docker both speak: volumes are directories below FOLDER.
 *   volume-plugin.ts /run/docker/plugins/folders.sock FOLDER
 *   wharf volume create -d folders -o mode=700 data
 */
import { mkdir, readdir, rm, stat, unlink } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';

const [socket = '', folder = ''] = process.argv.slice(2);
/** Who has a volume mounted. A real driver would attach a disk for the first and detach it after the last. */
const mounts = new Map<string, Set<string>>();

interface Question {
  readonly Name?: string;
  readonly ID?: string;
  readonly Opts?: Readonly<Record<string, string>> | null;
}

type Answer = Readonly<Record<string, unknown>>;

/** A name is one directory, and no path. */
function place({ Name = '' }: Question): string {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(Name)) throw new RangeError(`no name: ${Name}`);
  return join(folder, Name);
}

async function existing(question: Question): Promise<string> {
  const path = place(question);
  await stat(path).catch(() => {
    throw new RangeError(`no such volume: ${question.Name ?? ''}`);
  });
  return path;
}

const users = ({ Name = '' }: Question): Set<string> => {
  const found = mounts.get(Name) ?? new Set();
  mounts.set(Name, found);
  return found;
};

const answers: Readonly<Record<string, (question: Question) => Promise<Answer>>> = {
  '/Plugin.Activate': () => Promise.resolve({ Implements: ['VolumeDriver'] }),
  '/VolumeDriver.Capabilities': () => Promise.resolve({ Capabilities: { Scope: 'local' } }),
  async '/VolumeDriver.Create'(question) {
    const mode = Number.parseInt(question.Opts?.['mode'] ?? '755', 8);
    await mkdir(place(question), { recursive: true, mode });
    return {};
  },
  async '/VolumeDriver.Remove'(question) {
    if (users(question).size > 0) throw new RangeError('volume is mounted');
    await rm(await existing(question), { recursive: true });
    return {};
  },
  async '/VolumeDriver.Mount'(question) {
    const path = await existing(question);
    users(question).add(question.ID ?? '');
    return { Mountpoint: path };
  },
  '/VolumeDriver.Unmount'(question) {
    users(question).delete(question.ID ?? '');
    return Promise.resolve({});
  },
  '/VolumeDriver.Path': async (question) => ({ Mountpoint: await existing(question) }),
  async '/VolumeDriver.Get'(question) {
    const path = await existing(question);
    const Status = { Users: users(question).size };
    return { Volume: { Name: question.Name, Mountpoint: path, Status } };
  },
  async '/VolumeDriver.List'() {
    const names = await readdir(folder);
    return { Volumes: names.map((Name) => ({ Name, Mountpoint: join(folder, Name) })) };
  },
};

async function questionOf(request: IncomingMessage): Promise<Question> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text === '' ? {} : (JSON.parse(text) as Question);
}

async function answer(request: IncomingMessage): Promise<Answer> {
  try {
    const work = answers[request.url ?? ''];
    if (work === undefined) return { Err: `no such call: ${request.url ?? ''}` };
    return { ...(await work(await questionOf(request))), Err: '' };
  } catch (error) {
    return { Err: error instanceof Error ? error.message : String(error) };
  }
}

await mkdir(folder, { recursive: true });
await unlink(socket).catch(() => undefined);
createServer((request, response) => {
  void answer(request).then((said) => response.end(JSON.stringify(said)));
}).listen(socket, () => process.stdout.write('ready\n'));

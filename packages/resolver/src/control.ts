import { unlinkSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import type {
  ResolverNews,
  ResolverCall,
  ResolverRequest,
  ResolverResponse,
} from '@wharf/api/resolver';

const path = 'resolver.sock';
/** Some thousand containers on a line. */
const longestLine = 64 * 1024 * 1024;

/**
 * Serves the daemon's calls, of each connection in their order, on a socket in the working directory. Resolves with what
 * tells all of them some news.
 */
export async function listenForCalls(
  call: (call: ResolverCall) => Promise<Omit<ResolverResponse, 'id'>>,
): Promise<(news: ResolverNews) => void> {
  const open = new Set<Socket>();
  try {
    unlinkSync(path);
  } catch {
    // The first to listen here.
  }
  const umask = process.umask(0o177);
  const server = createServer((socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    serve(socket, call);
  });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, () => resolve());
    });
  } finally {
    process.umask(umask);
  }
  return (news) => {
    // A daemon that does not read is told nothing; it must not fill our memory.
    for (const socket of open)
      if (socket.writableLength === 0) socket.write(`${JSON.stringify(news)}\n`);
  };
}

function serve(
  socket: Socket,
  call: (call: ResolverCall) => Promise<Omit<ResolverResponse, 'id'>>,
): void {
  let text = '';
  let last: Promise<void> = Promise.resolve();
  socket.setEncoding('utf8');
  socket.on('error', () => undefined);
  socket.on('data', (chunk: string) => {
    text += chunk;
    if (text.length > longestLine) {
      socket.destroy();
      return;
    }
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) last = last.then(() => respond(socket, line, call));
  });
}

async function respond(
  socket: Socket,
  line: string,
  call: (call: ResolverCall) => Promise<Omit<ResolverResponse, 'id'>>,
): Promise<void> {
  let response: ResolverResponse = { id: 0 };
  try {
    const request = JSON.parse(line) as ResolverRequest;
    response = { id: request.id };
    response = { ...response, ...(await call(request)) };
  } catch (error) {
    response = { ...response, error: error instanceof Error ? error.message : String(error) };
  }
  if (!socket.destroyed) socket.write(`${JSON.stringify(response)}\n`);
}

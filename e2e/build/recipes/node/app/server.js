import { createServer } from 'node:http';
import { greet } from '@recipes/greet';

const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost');
  response.end(`${greet(url.searchParams.get('tongue'), url.pathname.slice(1))}\n`);
});
server.listen(8000, () => console.log('serves'));
process.once('SIGTERM', () => server.close());

import { describe, expect, test } from 'vitest';
import { createRegistries } from './registries.js';
import type { RegistryQuestions } from './registries.js';

const { signal } = new AbortController();
const credentials = { username: 'u', password: 'p', identityToken: '', registryToken: '' };

function recorded() {
  const asked: unknown[] = [];
  const port: RegistryQuestions = {
    checkCredentials: (host, { auth }) => {
      asked.push([host, auth]);
      return Promise.resolve({ identityToken: 't' });
    },
    search: (host, term, { limit }) => {
      asked.push([host, term, limit]);
      return Promise.resolve([]);
    },
    listTags: ({ domain, path }) => {
      asked.push([domain, path]);
      return Promise.resolve(['a']);
    },
  };
  return { asked, registries: createRegistries(port) };
}

describe('registries', () => {
  test('a login without a host goes to the default registry', async () => {
    const { asked, registries } = recorded();
    expect(await registries.login('', credentials, { signal })).toEqual({ identityToken: 't' });
    expect(asked).toEqual([['docker.io', credentials]]);
  });

  test.each(['localhost:5000', 'r.example.com', '[::1]:5000'])('%s is a host', async (host) => {
    const { asked, registries } = recorded();
    await registries.login(host, credentials, { signal });
    expect(asked).toEqual([[host, credentials]]);
  });

  test.each(['https://a.example', 'a/b', '../x', 'a b.c', 'name'])(
    'a login to %s is refused before anything is sent',
    async (host) => {
      const { asked, registries } = recorded();
      await expect(registries.login(host, credentials, { signal })).rejects.toThrow();
      expect(asked).toEqual([]);
    },
  );

  test('a search term may begin with a registry', async () => {
    const { asked, registries } = recorded();
    await registries.search('r.example.com/team/app', { signal, limit: 3 });
    await registries.search('team/app', { signal });
    expect(asked).toEqual([
      ['r.example.com', 'team/app', 3],
      ['docker.io', 'team/app', undefined],
    ]);
  });

  test('tags are asked of a repository, not of an image', async () => {
    const { asked, registries } = recorded();
    expect(await registries.tags('busybox', { signal })).toEqual(['a']);
    await expect(registries.tags('busybox:1', { signal })).rejects.toThrow('without tag');
    expect(asked).toEqual([['docker.io', 'library/busybox']]);
  });
});

import { InvalidArgumentError, type SearchResult } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import { parseBool } from '../../argv/values.js';
import { userCredentials } from '../../credentials/credentials.js';
import { formatRows } from '../../format/table.js';
import { define } from '../define.js';
import { filterFlag, parseFilters } from '../shared/filters.js';
import { formatFlag } from '../shared/format-flag.js';
import { ellipsis } from '../shared/human.js';

const descriptionWidth = 45;
const mostResults = 100;

export default define({
  path: ['search'],
  summary: 'Search a registry for images',
  description:
    'Search a registry for images: Docker Hub, or the registry that the term begins with.',
  flags: defineFlags({
    filter: filterFlag,
    format: formatFlag,
    limit: { type: 'int', default: 0, description: 'Max number of search results' },
    'no-trunc': { type: 'bool', description: "Don't truncate output" },
  }),
  args: [{ name: 'TERM' }],
  examples: [
    {
      text: 'What many use',
      command: 'wharf search --filter stars=100 --filter is-official=true nginx',
    },
    { text: 'Another registry', command: 'wharf search registry.example.org/team' },
  ],
  async run(context, { filter, format, limit, noTrunc }, [term = ''], { signal }) {
    if (limit < 0 || limit > mostResults) {
      throw new InvalidArgumentError(
        `invalid limit ${limit}: it must be between 1 and ${mostResults}, or 0 for the registry's own`,
      );
    }
    const matches = matcher(parseFilters(filter));
    const { registries } = await context.engine();
    const credentials = await userCredentials(context).find(domainOfTerm(term), { signal });
    const found = await registries.search(term, {
      signal,
      ...(limit === 0 ? {} : { limit }),
      ...(credentials === undefined ? {} : { credentials }),
    });
    context.io.stdout.write(
      formatRows({
        format,
        defaultTable: '{{.Name}}\t{{.Description}}\t{{.StarCount}}\t{{.IsOfficial}}',
        headers: {
          Name: 'NAME',
          Description: 'DESCRIPTION',
          StarCount: 'STARS',
          IsOfficial: 'OFFICIAL',
          IsAutomated: 'AUTOMATED',
        },
        typeName: '*formatter.searchContext',
        rows: found.filter(matches).map((result) => row(result, !noTrunc)),
      }),
    );
  },
});

function row(result: SearchResult, truncate: boolean): object {
  const description = result.description.replaceAll(/[\r\n]+/g, ' ');
  return {
    Description: truncate ? ellipsis(description, descriptionWidth) : description,
    IsAutomated: result.automated ? '[OK]' : '',
    IsOfficial: result.official ? '[OK]' : '',
    Name: result.name,
    StarCount: String(result.stars),
  };
}

/** The registry that a term begins with, by the rule of references; else the default one. */
function domainOfTerm(term: string): string {
  const slash = term.indexOf('/');
  const first = slash < 0 ? '' : term.slice(0, slash);
  return first === 'localhost' || /[.:]/.test(first) ? first : 'docker.io';
}

type Match = (result: SearchResult) => boolean;

function matcher(filters: ReadonlyMap<string, readonly string[]>): Match {
  const matches = [...filters].map(([key, values]) => matchOf(key, values.at(-1) ?? ''));
  return (result) => matches.every((match) => match(result));
}

function matchOf(key: string, value: string): Match {
  switch (key) {
    case 'stars':
      return atLeast(/^[0-9]{1,9}$/.test(value) ? Number(value) : refuse(key, value));
    case 'is-official':
      return equals('official', parseBool(value) ?? refuse(key, value));
    case 'is-automated':
      return equals('automated', parseBool(value) ?? refuse(key, value));
    default:
      throw new InvalidArgumentError(
        `invalid filter '${key}': use stars, is-official or is-automated`,
      );
  }
}

function atLeast(count: number): Match {
  return ({ stars }) => stars >= count;
}

function equals(key: 'official' | 'automated', wanted: boolean): Match {
  return (result) => result[key] === wanted;
}

function refuse(key: string, value: string): never {
  throw new InvalidArgumentError(`invalid filter '${key}=${value}'`);
}

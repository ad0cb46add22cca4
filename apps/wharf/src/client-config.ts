import { readConfigText } from './credentials/config-file.js';

/** What of a client's config.json is read beside credentials. */
export interface ClientConfig {
  readonly detachKeys?: string;
  readonly psFormat?: string;
  readonly imagesFormat?: string;
  readonly networksFormat?: string;
  readonly volumesFormat?: string;
  readonly statsFormat?: string;
  readonly currentContext?: string;
}

/** The config.json of a directory; empty where there is none. @throws when it is not a JSON object */
export async function readClientConfig(directory: string): Promise<ClientConfig> {
  const text = await readConfigText(directory);
  return text === undefined ? {} : (JSON.parse(text) as ClientConfig);
}

export type LogFields = Readonly<Record<string, unknown>>;

/** Where the server writes what it did: structured, by whoever composes the daemon. */
export interface Logger {
  info(message: string, fields: LogFields): void;
  warn(message: string, fields: LogFields): void;
  error(message: string, fields: LogFields): void;
}

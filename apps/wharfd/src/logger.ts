import winston from 'winston';

/** Structured, written once at the boundary. */
export interface DaemonLogger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Resolves when everything is written. */
  close(): Promise<void>;
}

/** Errors nested in fields would be logged as {}: they become text with their causes. */
const serialiseErrors = winston.format((info) => {
  for (const [key, value] of Object.entries(info)) {
    if (value instanceof Error) info[key] = describe(value);
    else if (typeof value === 'bigint') info[key] = value.toString();
  }
  return info;
});

function describe(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\ncaused by: ${describe(error.cause)}` : own;
}

const text = winston.format.printf(({ level, message, timestamp, ...fields }) => {
  const rest = Object.entries(fields).map(([key, value]) => `${key}=${quoted(value)}`);
  return [String(timestamp), level.toUpperCase().padEnd(5), String(message), ...rest].join(' ');
});

function quoted(value: unknown): string {
  const plain = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return /^[\w./:@=-]*$/.test(plain) ? plain : JSON.stringify(plain);
}

export function createLogger(level: string, format: 'text' | 'json'): DaemonLogger {
  const { combine, timestamp, json } = winston.format;
  const logger = winston.createLogger({
    level,
    format: combine(serialiseErrors(), timestamp(), format === 'json' ? json() : text),
    transports: [
      new winston.transports.Console({ stderrLevels: ['debug', 'info', 'warn', 'error'] }),
    ],
  });
  return {
    debug: (message, fields) => void logger.debug(message, fields),
    info: (message, fields) => void logger.info(message, fields),
    warn: (message, fields) => void logger.warn(message, fields),
    error: (message, fields) => void logger.error(message, fields),
    close: () =>
      new Promise((resolve) => {
        logger.on('finish', resolve);
        logger.end();
      }),
  };
}

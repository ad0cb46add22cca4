import { InvalidArgumentError, type RestartPolicy } from '@wharf/core';

/** Reads `no`, `always`, `unless-stopped`, `on-failure[:MAX]`. @throws InvalidArgumentError in docker's words */
export function parseRestart(text: string): RestartPolicy {
  const [kind = '', count, ...more] = text.split(':');
  if (more.length > 0) throw new InvalidArgumentError(`invalid restart policy format: ${text}`);
  if (count !== undefined && kind === '') {
    throw new InvalidArgumentError(
      'invalid restart policy format: no policy provided before colon',
    );
  }
  const maximumRetryCount = count === undefined ? 0 : retries(count);
  switch (kind) {
    case '':
      return { kind: 'no', maximumRetryCount: 0 };
    case 'on-failure':
      return { kind, maximumRetryCount };
    case 'no':
    case 'always':
    case 'unless-stopped':
      if (maximumRetryCount === 0) return { kind, maximumRetryCount };
      throw new InvalidArgumentError(
        "invalid restart policy: maximum retry count can only be used with 'on-failure'",
      );
    default:
      throw new InvalidArgumentError(
        `invalid restart policy: unknown policy '${kind}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`,
      );
  }
}

function retries(text: string): number {
  if (/^[0-9]{1,9}$/.test(text)) return Number(text);
  if (/^-[0-9]{1,9}$/.test(text)) {
    throw new InvalidArgumentError(
      'invalid restart policy: maximum retry count cannot be negative',
    );
  }
  throw new InvalidArgumentError(
    'invalid restart policy format: maximum retry count must be an integer',
  );
}

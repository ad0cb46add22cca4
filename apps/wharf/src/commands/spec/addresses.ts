import { InvalidArgumentError } from '@wharf/core';

/** 4 or 6; 0 for what is no address. A zone (`%eth0`) makes it none: it means nothing elsewhere. */
export function addressFamily(text: string): 0 | 4 | 6 {
  if (text.includes('%')) return 0;
  return process.getBuiltinModule('node:net').isIP(text) as 0 | 4 | 6;
}

/** Without the brackets in which an IPv6 address may stand. */
export function withoutBrackets(text: string): string {
  return text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
}

/** @throws InvalidArgumentError for what is not an address of that family */
export function checkedAddress(text: string, family: 4 | 6): string {
  if (text === '' || addressFamily(text) === family) return text;
  throw new InvalidArgumentError(`invalid IPv${family} address: ${text}`);
}

/** What is wrong with an address, as the check of a flag. */
export function checkAddress(text: string): string | undefined {
  const right = addressFamily(text) !== 0;
  return right ? undefined : `IP address is not correctly formatted: ${text}`;
}

/** An address with a prefix, `10.0.0.0/8`. */
export function isCidr(text: string): boolean {
  const [, address = '', bits = ''] = /^([^/]+)\/([0-9]{1,3})$/.exec(text) ?? [];
  const family = addressFamily(address);
  return family !== 0 && Number(bits) <= (family === 4 ? 32 : 128);
}

/**
 * A MAC address of six bytes in any usual form (`02-42-ac-11-00-02`, `0242.ac11.0002`), with colons.
 * @throws InvalidArgumentError in docker's words
 */
export function parseMac(text: string): string {
  if (text === '') return '';
  const forms = [
    /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i,
    /^[0-9a-f]{2}(?:-[0-9a-f]{2}){5}$/i,
    /^[0-9a-f]{4}(?:\.[0-9a-f]{4}){2}$/i,
  ];
  if (!forms.some((form) => form.test(text))) {
    throw new InvalidArgumentError(`${text} is not a valid mac address`);
  }
  const digits = text.replaceAll(/[:.-]/g, '').toLowerCase();
  return (digits.match(/../g) ?? []).join(':');
}

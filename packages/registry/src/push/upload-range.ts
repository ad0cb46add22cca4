/**
 * How many bytes an upload has, from the Range of its status or of the answer to a PATCH (distribution-spec,
 * pushing a blob in chunks): `0-LAST`. Undefined for anything else. `0-0` is one byte by the letter, and what
 * some registries say of none.
 */
export function parseUploadRange(text: string | undefined): number | undefined {
  if (text === undefined || text.length > 64) return undefined;
  const found = /^(?:bytes[= ])?0-(\d{1,15})$/.exec(text.trim());
  return found === null ? undefined : Number(found[1]) + 1;
}

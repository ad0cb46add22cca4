import type { FlagDefinition } from '../../argv/flags.js';

/** The --platform of commands that work on one of an image's platforms. */
export function platformFlag(description: string) {
  return {
    type: 'string',
    description: `${description}. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")`,
    complete: 'platform',
  } as const satisfies FlagDefinition;
}

/** The --platform that takes several, repeated or separated by commas. */
export function platformsFlag(description: string) {
  return {
    type: 'strings',
    placeholder: 'strings',
    description: `${description}. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")`,
    complete: 'platform',
  } as const satisfies FlagDefinition;
}

export function splitPlatforms(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => text.split(','));
}

/** An option of a call that is left out where it is not given. */
export function platformOption(platform: string | undefined): { readonly platform?: string } {
  return platform === undefined ? {} : { platform };
}

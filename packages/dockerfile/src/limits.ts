/** Budgets for untrusted Dockerfiles and ignore files; each is far above what people write. */

/** UTF-16 units of one Dockerfile, included files counted apart. */
export const maxTextLength = 1024 * 1024;

/** Instructions of a Dockerfile together with all that it includes; an image's history has room for 4096. */
export const maxInstructions = 4000;

export const maxStages = 500;

/** Words, flags or pairs of one instruction. */
export const maxWords = 20_000;

/** Comment lines above one instruction that are kept, the last ones; empty lines inside of one that are noted. */
export const maxNotedLines = 100;

/** `${a:-${b:-…}}` */
export const maxSubstitutionDepth = 64;

/** Units of one expanded word: the kernel's MAX_ARG_STRLEN (execve(2)), as no program could be given more. */
export const maxWordLength = 128 * 1024 - 1;

/** Units of the expanded content of one heredoc. */
export const maxContentLength = 4 * 1024 * 1024;

/** Units that all expansions of one plan may write together. */
export const maxExpandedLength = 64 * 1024 * 1024;

/** Comparisons of characters and copies of entries that one plan may take together. */
export const maxSteps = 10_000_000;

/** An included file may include another, so many times over. */
export const maxIncludeDepth = 8;

export const maxIncludes = 64;

/** Lines of a problem that are shown. */
export const maxExcerptLines = 12;

/** UTF-16 units of a .dockerignore. */
export const maxIgnoreLength = 1024 * 1024;

export const maxIgnoreRules = 10_000;

/** Units of one pattern of a .dockerignore: PATH_MAX. */
export const maxPatternLength = 4096;

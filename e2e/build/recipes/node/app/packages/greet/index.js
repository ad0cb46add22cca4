import { tongues } from '@recipes/tongue';

/** A greeting in the tongue that is asked for. */
export const greet = (tongue, name) => `${tongues[tongue] ?? tongues.en}, ${name}`;

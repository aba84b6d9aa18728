import { fileURLToPath } from 'node:url';

/** The checkout that this file lies in. */
export const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

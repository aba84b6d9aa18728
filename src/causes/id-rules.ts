import { mergedRanges } from './ranges.ts';
import { matchesOf, textRule, type Rule } from './rule.ts';

const UUID = /(?<![\w-])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![\w-])/g;
const HEX32 = /(?<![\w-])[0-9a-f]{32}(?![\w-])/g;

/** Never noise: two devices with one machine id, or one that changes with each build, are both worth knowing. */
export const RANDOM_IDS: Rule = textRule('random-id', (text) => mergedRanges(matchesOf(text, UUID, 'uuid'), matchesOf(text, HEX32, 'id')));

/** A key has no dashes within, so that a search ends at the next. */
const PEM = /-----BEGIN [A-Z0-9 ]{1,40}-----[^-]{1,20000}-----END [A-Z0-9 ]{1,40}-----/g;
const SSH = /(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-nistp\d+) [A-Za-z0-9+/=]{40,20000}/g;

/** Never noise. */
export const KEYS: Rule = textRule('embedded-key', (text) => mergedRanges(matchesOf(text, PEM, 'pem'), matchesOf(text, SSH, 'ssh')));

/** What was appended to sign a module; the rest is compared. Never noise. */
export const MODULE_SIGNATURES: Rule = {
  code: 'module-signature',
  undo: (pair, { described: { left, right } }) => {
    const signed = [left, right].map((of) => (of.kind === 'kernel-module' ? of.facts.signature : undefined));
    if (signed[0] === undefined && signed[1] === undefined) return undefined;
    const body = (bytes: Buffer, i: number): Buffer => bytes.subarray(0, signed[i]?.bodyBytes ?? bytes.length);
    return { pair: { left: body(pair.left, 0), right: body(pair.right, 1) }, evidence: signed.map((of) => of?.kind ?? 'not signed') };
  },
};

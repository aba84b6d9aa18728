import { mergedRanges } from './ranges.ts';
import { matchesOf, textRule, withoutBoth, type Match, type Rule } from './rule.ts';

const BASE64 = '[A-Za-z0-9+/_-]{20,20000}={0,2}';
const KEY_PATTERNS: readonly RegExp[] = [
  /-----BEGIN PGP [A-Z ]{3,40}-----[^-]{1,20000}-----END PGP [A-Z ]{3,40}-----/g,
  new RegExp(`(?<=\\b\\w{0,20}(?:key|secret|signature|psk|passphrase|token|fingerprint|dkim|p)["']? {0,3}[=: ] {0,3}["']?)${BASE64}`, 'gi'),
  new RegExp(`(?<="(?:x|y|n|d|k|p|q|x5c|sig)" {0,2}: {0,2}\\[?")${BASE64}`, 'g'),
  /(?<=^(?:un)?trusted comment[^\n]{0,200}\n)[A-Za-z0-9+/]{40,200}={0,2}/gm, /(?<=^|\n)RW[A-Za-z0-9+/]{90,110}={0,2}/g,
];
/** Names beside which a long text that looks random is a key or a signature. */
export const ANY_KEYS: Rule = textRule('embedded-key', (text) => KEY_PATTERNS.reduce<Match[]>((taken, pattern) => mergedRanges(taken, matchesOf(text, pattern, 'key')), []));

const ID_PATTERNS: readonly RegExp[] = [
  /[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}/g, /(?<![0-9a-fA-F])(?:[0-9a-f]{16}|[0-9A-F]{16}|[0-9a-f]{32}|[0-9A-F]{32})(?![0-9a-fA-F])/g,
  /(?<=\/(?:tmp|var\/tmp|run|dev\/shm)\/(?:[\w.-]{0,20}[.-])?)[\w.-]{5,40}/g, /\$(?:1|2[aby]|5|6|7|y|gy)\$[\w./$=,-]{20,300}/g,
  /(?<=\b(?:id(?:m|p)?|idm|idp|obj|node|anchor|gen|toc-?id|uid)[_-]?)\d{6,20}/g, /(?<=\b(?:id|href|name|for)="#?[a-z]{1,12}[_-]?)\d{5,20}(?=")/g,
  new RegExp(`(?<=\\b(?:nonce|salt|uuid|guid|seed|random|serial|session|instance|cookie|build[_-]?uuid|machine[_-]?id|uniq\\w{0,5})["']?\\s?[=:]\\s?["']?)(?:[A-Za-z0-9+/=_-]{8,200})`, 'gi'),
];
/** Texts of a kind that only chance writes. */
export const ANY_IDS: Rule = textRule('random-id', (text) => ID_PATTERNS.reduce<Match[]>((taken, pattern) => mergedRanges(taken, matchesOf(text, pattern, 'id')), []));

const RUN_BYTES = 16;
const MOST_BYTES = 2 ** 20;

/** Runs that differ nearly everywhere and use most values that a byte can have: a seed, a GUID, a key's number. */
export const ANY_RANDOM: Rule = {
  code: 'random-id',
  undo: (pair, { described }) => {
    const { left, right } = pair;
    if (described.left.kind !== 'data' || left.length !== right.length || left.length > MOST_BYTES) return undefined;
    const runs = differingRuns(left, right).filter(({ start, end }) => end - start >= RUN_BYTES - 2 && looksRandom(left.subarray(start, end)) && looksRandom(right.subarray(start, end)));
    return withoutBoth(pair, named(left, runs), named(right, runs), false);
  },
};

function named(bytes: Buffer, runs: readonly { start: number; end: number }[]): Match[] {
  return runs.map(({ start, end }) => ({ start, end, text: bytes.toString('hex', start, Math.min(end, start + 16)), placeholder: 'random' }));
}

/** Runs go on over up to three equal bytes: of sixteen random ones, one in 256 is equal by chance. */
function differingRuns(a: Buffer, b: Buffer): { start: number; end: number }[] {
  const runs: { start: number; end: number }[] = [];
  for (let i = 0; i < a.length; i++) {
    if (a[i] === b[i]) continue;
    const last = runs.at(-1);
    if (last !== undefined && i - last.end <= 3) last.end = i + 1;
    else runs.push({ start: i, end: i + 1 });
  }
  return runs;
}

function looksRandom(bytes: Buffer): boolean {
  const distinct = new Set(bytes).size;
  const high = bytes.filter((byte) => byte >= 0x80).length;
  const zeros = bytes.filter((byte) => byte === 0).length;
  return distinct >= Math.min(bytes.length * 0.75, 120) && high * 4 >= bytes.length && zeros * 8 <= bytes.length;
}

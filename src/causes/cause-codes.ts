interface CauseRow {
  /** Noise where it is proved. What is random, a key, or made by another compiler never is. */
  noise: boolean;
  summary: string;
  /** What to do about it; empty where there is nothing to do. */
  hint: string;
}

const row = (noise: boolean, summary: string, hint: string): CauseRow => ({ noise, summary, hint });

/** Why two things differ, one word each. */
export const CAUSES = {
  'build-id': row(true, 'only the id that the linker gives', 'It follows from something else, often from debug information that was stripped; or link with --build-id=sha1.'),
  'build-path': row(true, 'the directory that it was built in', 'Build with -ffile-prefix-map, or always in one directory.'),
  compression: row(true, 'packed in another way, the content is the same', 'Pin the packer, its level and its number of threads.'),
  'compiler-flags': row(false, 'compiled with other flags', 'Compare the flags in the record of both builds.'),
  'cpu-feature': row(false, 'made for another processor, or with other instructions of it', 'Set -march and -mtune in the toolchain, never `native`.'),
  'debug-only': row(false, 'what is loaded is the same, debug information is not', 'Strip it, or build with -ffile-prefix-map.'),
  'dependency-change': row(false, 'what it is built from or with is another (on record)', ''),
  'embedded-key': row(false, 'a key or certificate', 'Make keys when a device first starts, or give them as an input.'),
  'embedded-timestamp': row(true, 'the time that it was built at', 'Set SOURCE_DATE_EPOCH; gzip -n, ar D.'),
  'fs-layout': row(true, 'the same tree, laid out in another way', 'Fix the ids and the seed, sort the input.'),
  'host-leak': row(true, 'the machine or the account that built it', 'Set KBUILD_BUILD_HOST and KBUILD_BUILD_USER, or what the package has instead.'),
  'kernel-version': row(false, 'another release of the kernel', ''),
  'link-order': row(false, 'the same symbols in another order', 'Sort what is given to the linker.'),
  locale: row(true, 'sorted by the rules of a language', 'Set LC_ALL=C.'),
  'modification-time': row(true, 'when an entry was last written', 'Clamp times to SOURCE_DATE_EPOCH.'),
  'module-signature': row(false, 'signed with another key, or at another time', 'Sign with a fixed key, or compare without signatures.'),
  'option-change': row(false, 'its package was built with other options (on record)', ''),
  ordering: row(true, 'the same things in another order', 'Sort: LC_ALL=C sort.'),
  'package-change': row(false, 'its package came, or went (on record)', ''),
  parallelism: row(true, 'how many jobs ran at once, or processors the machine had', 'Leave the number out of what is built, or set it.'),
  'patch-change': row(false, 'its package was built with other patches (on record)', ''),
  'random-id': row(false, 'a random number or UUID', 'Derive it from the content, or leave it out of the image.'),
  'real-change': row(false, 'the two are not the same', ''),
  'recipe-change': row(false, 'its package is built in another way (on record)', ''),
  'reloc-shift': row(false, 'addresses that moved along with something else (suspected)', ''),
  'source-change': row(false, 'its package was built from other sources (on record)', ''),
  'time-zone': row(true, 'the same time, told in another zone', 'Set TZ=UTC.'),
  toolchain: row(false, 'another compiler', 'Pin the toolchain.'),
  truncated: row(false, 'one is the beginning of the other', 'Fetch or make it again.'),
  unknown: row(false, 'nothing that is known explains it', ''),
  unreadable: row(false, 'an image that cannot be read', 'The evidence says why.'),
} as const satisfies Readonly<Record<string, CauseRow>>;

export type CauseCode = keyof typeof CAUSES;

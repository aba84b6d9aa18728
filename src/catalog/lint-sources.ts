import type { RecipeLint } from './lint.ts';
import { quoted } from './name.ts';

export const sourceOrigin: RecipeLint = {
  subject: 'recipe', id: 'source-without-origin', severity: 'error',
  explain: 'A source has neither a URL nor a path in a Debian pool, so nothing can fetch it. Add `urls` or `debian_pool`.',
  check(recipe, report) {
    for (const [index, { file, urls, debianPool }] of recipe.sources.entries()) {
      if (urls.length === 0 && debianPool === undefined) report(['sources', index], `${quoted(file)} names no place to fetch it from`, 'add `urls` or `debian_pool`');
    }
  },
};

export const sourceTwice: RecipeLint = {
  subject: 'recipe', id: 'source-twice', severity: 'error',
  explain: 'Two sources have one file name; they stand in one directory. Rename one.',
  check(recipe, report) {
    reportRepeated(recipe.sources.map(({ file }) => file), (index, file) => report(['sources', index, 'file'], `${quoted(file)} is the name of another source too`));
  },
};

export const repackedUrl: RecipeLint = {
  subject: 'recipe', id: 'repacked-with-url', severity: 'warning',
  explain: 'A source that Debian changed has another sha256 than upstream\'s file, so an upstream URL under that sha256 can never answer. Leave the URL out.',
  check(recipe, report) {
    for (const [index, { file, origin, urls }] of recipe.sources.entries()) {
      if (origin === 'repacked' && urls.length > 0) report(['sources', index, 'urls'], `${quoted(file)} was repacked by Debian, the URLs have other bytes`, 'leave `urls` out');
    }
  },
};

/** Calls back for the second and later of equal texts. */
export function reportRepeated(texts: readonly string[], repeated: (index: number, text: string) => void): void {
  const seen = new Set<string>();
  for (const [index, text] of texts.entries()) {
    if (seen.has(text)) repeated(index, text);
    seen.add(text);
  }
}

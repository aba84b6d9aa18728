import type { BillComponent, BillPatch } from './bill-components.ts';
import { defined } from './facts.ts';

const OURS = /^([a-z-]+):[0-9a-f]{64}$/;
/** Of a document of ours: the whole, and what every change changes. Their version may be the digest of a definition. */
const WITHOUT_DIGEST: ReadonlySet<string> = new Set(['image', 'root-file-system', 'generator']);
const DIGEST = /^[0-9a-f]{64}$/;

type Said = Partial<Record<'name' | 'group' | 'version' | 'purl' | 'digest' | 'license', string | undefined>> & Pick<BillComponent, 'scope'> & Partial<Pick<BillComponent, 'sources' | 'patches' | 'reasons'>>;

/** `ref`: of ours with its kind. */
export function billComponent(ref: string, { name = '', group, version = '', scope, purl, digest, sources = [], patches = [], reasons = [], license }: Said): BillComponent {
  const ours = WITHOUT_DIGEST.has(kindOf(ref) ?? '');
  return {
    name: group === undefined || group === '' ? name : `${group}/${name}`, version: ours && DIGEST.test(version) ? '' : version, scope,
    sources: [...new Set(sources.filter((one) => DIGEST.test(one)))].toSorted(), patches, reasons,
    ...defined({ purl, license: license === 'NOASSERTION' ? undefined : license, digest: digest !== undefined && DIGEST.test(digest) && !ours ? digest : undefined }),
  };
}

/** Of a ref of ours; undefined of a stranger's. */
export function kindOf(ref: string): string | undefined {
  return OURS.exec(ref)?.[1];
}

const PATCH_LINE = /^patch \d+: (.+?), sha256 ([0-9a-f]{64}), [a-z-]+, .*?(?:, resolves (CVE-[0-9]{4}-[0-9]+(?: CVE-[0-9]{4}-[0-9]+)*))?$/;

/** As documents of ours say patches in a comment, one a line. */
export function patchesIn(comment: string): BillPatch[] {
  return comment.split('\n').flatMap((line) => {
    const found = PATCH_LINE.exec(line);
    return found === null ? [] : [{ name: found[1]!, id: found[2]!, cves: found[3]?.split(' ') ?? [] }];
  });
}

/** As documents of ours join the reasons of a recipe. */
export function reasonsIn(text: string | undefined, ref: string): string[] {
  return kindOf(ref) === undefined || text === undefined || text === '' ? [] : text.split('; ');
}

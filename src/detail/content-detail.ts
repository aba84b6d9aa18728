import { isReadFailure } from '../bytes/read-failure.ts';
import { describeContent } from '../content/describe-content.ts';
import type { ContentDescription, ContentPart } from '../content/description.ts';
import { parseDeviceTree } from '../content/devicetree.ts';
import { elfStrings, stringsIn } from '../content/elf-strings.ts';
import { parseElf } from '../content/elf.ts';
import { parseKernelConfiguration } from '../content/kernel-text.ts';
import type { Both, BytePair } from '../foundation/both.ts';
import { byteWindows } from './detail-bytes.ts';
import { devicePairs } from './detail-devicetree.ts';
import { programProperties, symbolPairs, type Program } from './detail-program.ts';
import { changedRows, fieldPairs, listOf, multisetDifference, tableOf, type Pairs } from './detail-rows.ts';
import { DETAIL_LIMITS, DetailRoom, type ContentDetail, type DetailLimits, type DetailTable } from './detail.ts';
import { functionDetail } from './function-detail.ts';
import { textDifferences } from './text-differences.ts';

type Kind<K extends ContentDescription['kind']> = Extract<ContentDescription, { kind: K }>;
type Told = Omit<ContentDetail, 'kinds' | 'problems' | 'inside'> & { inside?: readonly Member[] };
/** Something packed in both, that differs. */
interface Member { name: string; pair: BytePair }

const NOTHING: Told = { tables: [], lists: [], texts: [] };

/**
 * What exactly differs within one file, beyond the sections that differ: by the kind of content. Pure, bounded whatever
 * stands in the two, and for people: nothing of it is proof that something is the same, and no verdict comes from it.
 */
export async function contentDetail(left: Buffer, right: Buffer, limits: DetailLimits = DETAIL_LIMITS): Promise<ContentDetail> {
  return new Detailer(new DetailRoom(limits)).tell({ left, right }, 0);
}

class Detailer {
  readonly #room: DetailRoom;
  readonly #problems = new Set<string>();

  constructor(room: DetailRoom) {
    this.#room = room;
  }

  async tell(pair: BytePair, depth: number): Promise<ContentDetail> {
    const { contentBytes } = this.#room.limits;
    const limits = { maxHeldBytes: contentBytes, maxUnpackedBytes: contentBytes };
    const described = { left: describeContent(pair.left, limits), right: describeContent(pair.right, limits) };
    const kinds = { left: described.left.kind, right: described.right.kind };
    const { inside = [], ...told } = await this.#ofKind(described, pair);
    const problems = [...described.left.problems.map(({ message }) => `left: ${message}`), ...described.right.problems.map(({ message }) => `right: ${message}`), ...this.#problems];
    this.#problems.clear();
    return { kinds, ...told, inside: await this.#inside(inside, depth), problems };
  }

  async #inside(members: readonly Member[], depth: number): Promise<ContentDetail['inside']> {
    if (depth >= this.#room.limits.depth) return { items: [], more: members.length };
    const items: { name: string; detail: ContentDetail }[] = [];
    for (const { name, pair } of members) {
      if (this.#room.isFull) break;
      items.push({ name, detail: await this.tell(pair, depth + 1) });
    }
    return { items, more: members.length - items.length };
  }

  async #ofKind({ left, right }: Both<ContentDescription>, pair: BytePair): Promise<Told> {
    const both = <K extends ContentDescription['kind']>(kind: K): Both<Kind<K>> | undefined => (left.kind === kind && right.kind === kind ? { left: left as Kind<K>, right: right as Kind<K> } : undefined);
    if (both('text') !== undefined) return { ...NOTHING, texts: textDifferences(pair.left, pair.right) };
    const programs = { left: programOf(left, pair.left), right: programOf(right, pair.right) };
    if (programs.left !== undefined && programs.right !== undefined) return this.#programs({ left: programs.left, right: programs.right }, { left, right });
    const kernels = both('kernel-image');
    if (kernels !== undefined) return this.#kernels(kernels, pair);
    if (both('device-tree') !== undefined || both('fit') !== undefined) return this.#deviceTrees({ left, right }, pair);
    const uImages = both('uimage');
    if (uImages !== undefined) return { ...NOTHING, tables: this.#table('header', fieldPairs(uImages.left.facts), fieldPairs(uImages.right.facts)), inside: this.#members({ left, right }) };
    if (both('ar') !== undefined || both('deb') !== undefined) return this.#archives({ left, right });
    const packed = both('compressed');
    if (packed !== undefined) return { ...NOTHING, tables: this.#table('packing', fieldPairs(packed.left.facts), fieldPairs(packed.right.facts)), inside: this.#members({ left, right }) };
    if (left.kind === 'image' && right.kind === 'image') return NOTHING;
    return { ...NOTHING, bytes: byteWindows(pair, this.#room), ...(both('data') === undefined ? {} : { lists: listOf('strings', multisetDifference([...stringsIn(pair.left)], [...stringsIn(pair.right)]), this.#room) }) };
  }

  async #programs({ left, right }: Both<Program>, described: Both<ContentDescription>): Promise<Told> {
    const functions = await functionDetail({ left: left.elf, right: right.elf }, this.#room);
    const tables = [
      ...this.#table('properties', programProperties(left), programProperties(right)), ...this.#moduleTables(described), ...this.#kernelTables(described),
      ...this.#table('dynamic symbols', symbolPairs(left.elf, 'dynsym'), symbolPairs(right.elf, 'dynsym')), ...this.#table('symbols', symbolPairs(left.elf, 'symtab'), symbolPairs(right.elf, 'symtab')),
    ];
    const lists = listOf('strings', multisetDifference(elfStrings(left.elf), elfStrings(right.elf)), this.#room);
    return { ...NOTHING, tables, lists, ...(functions === undefined ? {} : { functions }) };
  }

  #moduleTables({ left, right }: Both<ContentDescription>): DetailTable[] {
    return left.kind !== 'kernel-module' || right.kind !== 'kernel-module' ? [] : [
      ...this.#table('modinfo', modulePairs(left), modulePairs(right)), ...this.#table('signature', fieldPairs(left.facts.signature ?? {}), fieldPairs(right.facts.signature ?? {})),
    ];
  }

  #kernels({ left, right }: Both<Kind<'kernel-image'>>, pair: BytePair): Told {
    const header = ({ facts: { format, versionText, efiStub, header: fields, kernel } }: Kind<'kernel-image'>): Pairs =>
      fieldPairs({ format, versionText, efiStub, ...fields, packing: kernel?.compression, kernelBytes: kernel?.sizeBytes });
    const inside = this.#members({ left, right });
    const isFlat = left.facts.kernel === undefined && right.facts.kernel === undefined;
    return {
      ...NOTHING, tables: [...this.#kernelTables({ left, right }), ...this.#table('header', header(left), header(right))], inside,
      ...(isFlat ? { lists: listOf('strings', multisetDifference([...stringsIn(pair.left)], [...stringsIn(pair.right)]), this.#room) } : {}),
    };
  }

  /** Of an image, and of the kernel in it. */
  #kernelTables({ left, right }: Both<ContentDescription>): DetailTable[] {
    return [
      ...this.#table('banner', bannerPairs(left), bannerPairs(right)), ...this.#table('configuration', configurationOf(left), configurationOf(right)),
    ];
  }

  #deviceTrees({ left, right }: Both<ContentDescription>, pair: BytePair): Told {
    const isFit = left.kind === 'fit';
    const pairs = (bytes: Buffer): Pairs => devicePairs(parseDeviceTree(bytes, 'the device tree'), isFit);
    const rows = changedRows(pairs(pair.left), pairs(pair.right));
    return { ...NOTHING, tables: tableOf('device tree', rows, this.#room), ...(isFit ? { inside: this.#members({ left, right }) } : {}) };
  }

  #archives({ left, right }: Both<ContentDescription>): Told {
    const control = ({ kind, facts }: ContentDescription): Pairs => (kind === 'deb' ? facts.control : []);
    return {
      ...NOTHING, inside: this.#members({ left, right }), tables: [
        ...this.#table('control', control(left), control(right)), ...this.#table('members', memberPairs(left), memberPairs(right)),
        ...this.#table('symbol index', indexPairs(left), indexPairs(right)),
      ],
    };
  }

  #table(name: string, left: Pairs, right: Pairs): DetailTable[] {
    return tableOf(name, changedRows(left, right), this.#room);
  }

  /** Of one name on both sides, with other content. */
  #members({ left, right }: Both<ContentDescription>): Member[] {
    const others = new Map(right.parts.filter(({ role }) => role === 'file').map((part) => [part.name, part]));
    return left.parts.filter(({ role }) => role === 'file').flatMap((part) => {
      const other = others.get(part.name);
      const pair = other === undefined ? undefined : { left: this.#content('left', part), right: this.#content('right', other) };
      return pair?.left === undefined || pair.right === undefined || pair.left.equals(pair.right) ? [] : [{ name: part.name, pair: { left: pair.left, right: pair.right } }];
    });
  }

  #content(side: 'left' | 'right', part: ContentPart): Buffer | undefined {
    try {
      return part.content();
    } catch (error) {
      if (!isReadFailure(error)) throw error;
      this.#problems.add(`${side}: ${error.message}`);
      return undefined;
    }
  }
}

function programOf(described: ContentDescription, bytes: Buffer): Program | undefined {
  if (described.kind !== 'elf' && described.kind !== 'kernel-module') return undefined;
  return { elf: parseElf(bytes, 'the ELF file'), facts: described.kind === 'elf' ? described.facts : described.facts.elf };
}

/** Parameters by their names, for there are many. */
function modulePairs({ facts: { info } }: Kind<'kernel-module'>): [string, string][] {
  return info.map(([key, value]) => {
    const parameter = key === 'parm' || key === 'parmtype' ? /^([^:]*):(.*)$/s.exec(value) : null;
    return parameter === null ? [key, value] : [`${key} ${parameter[1]}`, parameter[2]!];
  });
}

function bannerPairs(described: ContentDescription): [string, string][] {
  const banner = described.kind === 'kernel-image' ? described.facts.banner : described.kind === 'elf' ? described.facts.kernel?.banner : undefined;
  if (banner === undefined) return [];
  const { text: _text, ...fields } = banner;
  return fieldPairs(fields);
}

/** Options by name; a comment that one is not set says `n`. */
function configurationOf({ parts }: ContentDescription): Pairs {
  const view = parts.find(({ role, name }) => role === 'view' && name === 'configuration');
  return view === undefined ? [] : parseKernelConfiguration(view.content().toString('latin1'));
}

function memberPairs({ parts }: ContentDescription): [string, string][] {
  return parts.filter(({ role }) => role === 'file').map(({ name, storedBytes, attributes }) => [name, `${storedBytes} bytes, mode ${attributes['mode'] ?? ''}, owner ${attributes['owner'] ?? ''}:${attributes['group'] ?? ''}, time ${attributes['mtime'] ?? ''}`]);
}

/** Of a library: which member has a symbol. */
function indexPairs({ parts }: ContentDescription): [string, string][] {
  const text = parts.find(({ role, name }) => role === 'view' && name === 'symbol index')?.content().toString('latin1') ?? '';
  return text.split('\n').filter((line) => line !== '').map((line) => { const [member = '', symbol = ''] = line.split('\t'); return [symbol, member]; });
}

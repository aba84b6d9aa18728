import { canonicalJson } from '../foundation/canonical-json.ts';
import type { Clock } from '../foundation/clock.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { errorCodeOf, Failure } from '../foundation/failure.ts';
import { uuidV7 } from '../foundation/ids.ts';
import type { CatalogKind } from './catalog-records.ts';
import type { Model } from './model.ts';
import { DEFAULT_ACTOR, DEFAULT_PROJECT } from './sql.ts';

export interface RevisionInput {
  /** JSON value; its canonical form is the revision. */
  content: unknown;
  message: string;
  /** Catalog versions that it resolves to. */
  pins: readonly { kind: CatalogKind; name: string; digest: Sha256 }[];
  /** Refused where the newest revision has another number. */
  basedOn?: number;
}

export interface SavedRevision { revisionId: string; number: number; digest: Sha256; unchanged: boolean }

export interface FoundConfiguration {
  id: string;
  name: string;
  boardName: string;
  /** Number of the newest revision; 0 before the first. */
  headNumber: number;
}

export interface FoundRevision {
  id: string;
  configurationId: string;
  number: number;
  digest: Sha256;
  content: unknown;
  pins: { kind: CatalogKind; name: string; digest: Sha256 }[];
}

export interface ConfigurationRecords {
  /** Throws RECORDS.ALREADY_THERE. */
  create(name: string, boardName: string): Promise<FoundConfiguration>;
  find(name: string): Promise<FoundConfiguration | undefined>;
  list(): Promise<FoundConfiguration[]>;
  /** Nothing is added where content and pins are those of the newest revision. Throws RECORDS.STALE where another was faster. */
  saveRevision(configurationId: string, revision: RevisionInput): Promise<SavedRevision>;
  /** The newest without a number. */
  revision(configurationId: string, number?: number): Promise<FoundRevision | undefined>;
  revisionById(id: string): Promise<FoundRevision | undefined>;
}

const UNIQUE_CONSTRAINT = 'P2002';

export function configurationRecords(model: () => Promise<Model>, clock: Clock): ConfigurationRecords {
  const findRevision = async (where: { id: string } | { configurationId: string; number?: number }): Promise<FoundRevision | undefined> => {
    const found = await (await model()).configurationRevision.findFirst({
      where, orderBy: { number: 'desc' }, include: { document: true, pins: { orderBy: [{ kind: 'asc' }, { name: 'asc' }] } },
    });
    if (found === null) return undefined;
    const { id, configurationId, number, digest, document, pins } = found;
    return {
      id, configurationId, number, digest: digest as Sha256, content: JSON.parse(document.document) as unknown,
      pins: pins.map((pin) => ({ kind: pin.kind.toLowerCase() as CatalogKind, name: pin.name, digest: pin.digest as Sha256 })),
    };
  };
  return {
    create: (name, boardName) => create(model, clock, name, boardName),
    find: async (name) => (await (await model()).configuration.findUnique({ where: { projectId_name: { projectId: DEFAULT_PROJECT, name } }, select: FIELDS })) ?? undefined,
    list: async () => (await model()).configuration.findMany({ where: { projectId: DEFAULT_PROJECT }, orderBy: { name: 'asc' }, select: FIELDS }),
    saveRevision: (id, revision) => saveRevision(model, clock, id, revision),
    revision: (configurationId, number) => findRevision({ configurationId, ...(number === undefined ? {} : { number }) }),
    revisionById: (id) => findRevision({ id }),
  };
}

const FIELDS = { id: true, name: true, boardName: true, headNumber: true } as const;

async function create(model: () => Promise<Model>, clock: Clock, name: string, boardName: string): Promise<FoundConfiguration> {
  try {
    return await (await model()).configuration.create({
      data: { id: uuidV7(clock), projectId: DEFAULT_PROJECT, actorId: DEFAULT_ACTOR, name, boardName, createdAt: clock.now() }, select: FIELDS,
    });
  } catch (error) {
    if (errorCodeOf(error) !== UNIQUE_CONSTRAINT) throw error;
    throw new Failure('RECORDS.ALREADY_THERE', `there is a configuration ${name} already`, { cause: error });
  }
}

async function saveRevision(model: () => Promise<Model>, clock: Clock, configurationId: string, input: RevisionInput): Promise<SavedRevision> {
  const text = canonicalJson(input.content);
  const digest = sha256(text);
  return (await model()).$transaction(async (within) => {
    const head = await within.configurationRevision.findFirst({ where: { configurationId }, orderBy: { number: 'desc' }, include: { pins: true } });
    const headNumber = head?.number ?? 0;
    if (input.basedOn !== undefined && input.basedOn !== headNumber) {
      throw new Failure('RECORDS.STALE', `revision ${input.basedOn} is not the newest any more; that is ${headNumber}`, { details: { newest: headNumber } });
    }
    if (head?.digest === digest && samePins(head.pins.map(({ kind, name, digest: pin }) => ({ kind: kind.toLowerCase(), name, digest: pin })), input.pins)) {
      return { revisionId: head.id, number: head.number, digest, unchanged: true };
    }
    const number = headNumber + 1;
    // Guarded: of two that save at once, the second finds another head and is refused.
    const moved = await within.configuration.updateMany({ where: { id: configurationId, headNumber }, data: { headNumber: number } });
    if (moved.count !== 1) throw new Failure('RECORDS.STALE', 'another revision was saved at the same moment, or the configuration is not there');
    await within.document.createMany({ data: [{ digest, kind: 'configuration', document: text }], skipDuplicates: true });
    const { id } = await within.configurationRevision.create({
      data: {
        id: uuidV7(clock), configurationId, number, digest, message: input.message, actorId: DEFAULT_ACTOR, createdAt: clock.now(),
        pins: { create: input.pins.map((pin) => ({ kind: pin.kind.toUpperCase() as Uppercase<CatalogKind>, name: pin.name, digest: pin.digest })) },
      },
      select: { id: true },
    });
    return { revisionId: id, number, digest, unchanged: false };
  });
}

function samePins(a: readonly { kind: string; name: string; digest: string }[], b: readonly { kind: string; name: string; digest: string }[]): boolean {
  const spelled = (pins: readonly { kind: string; name: string; digest: string }[]): string => pins.map(({ kind, name, digest }) => `${kind} ${name} ${digest}`).toSorted().join('\n');
  return spelled(a) === spelled(b);
}

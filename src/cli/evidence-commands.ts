import { type Command, Option } from 'commander';

import { collected, defined, JSON_FLAG, type Json, positive, type Verb } from './command-parts.ts';
import type { EvidenceVerbs, KeyRole } from './verbs.ts';

const ROLES: readonly KeyRole[] = ['builder', 'log', 'rebuilder', 'releaser', 'root', 'verifier'];

export function evidenceCommands(program: Command, verbs: EvidenceVerbs, verb: Verb): void {
  statementCommands(program, verbs, verb);
  verificationCommands(program, verbs, verb);
  logCommands(program, verbs, verb);
  keyCommands(program, verbs, verb);
  quarantineCommands(program, verbs, verb);
}

function statementCommands(program: Command, verbs: EvidenceVerbs, verb: Verb): void {
  program.command('attest').description('signed provenance of a build')
    .argument('<build>', 'BUILD').option('-o, --output <file>', 'write the signed statements there')
    .addOption(new Option('--format <format>', 'form of the output').choices(['jsonl', 'dsse', 'sigstore']).default('jsonl')).option(...JSON_FLAG)
    .action(verb((build: string, o: Json & { output?: string; format: 'jsonl' | 'dsse' | 'sigstore' }) =>
      verbs.attest({ build, format: o.format, json: o.json === true, ...defined({ output: o.output }) })));
  const release = program.command('release').description('product and version on signed, logged digests');
  release.command('create').description('release a build; gc never drops its inputs')
    .argument('<product>').argument('<version>').argument('<build>', 'BUILD').option('--policy <file>', 'license policy that the build must not violate').option(...JSON_FLAG)
    .action(verb((product: string, version: string, build: string, o: Json & { policy?: string }) => verbs.releaseCreate({ product, version, build, json: o.json === true, ...defined({ policy: o.policy }) })));
  release.command('list').description('all releases, newest first').option(...JSON_FLAG)
    .action(verb((o: Json) => verbs.releaseList({ json: o.json === true })));
  program.command('who').description('who built these bytes, from what, and who reproduced them')
    .argument('<subject>', 'a file, or a sha256').option(...JSON_FLAG)
    .action(verb((subject: string, o: Json) => verbs.who({ subject, json: o.json === true })));
  program.command('import').description('take signed statements of other operators')
    .argument('<file>', 'an .intoto.jsonl').option(...JSON_FLAG)
    .action(verb((file: string, o: Json) => verbs.importStatements({ file, json: o.json === true })));
}

function verificationCommands(program: Command, verbs: EvidenceVerbs, verb: Verb): void {
  program.command('verify').description('rebuild from the statement alone, compare, sign the verdict')
    .argument('[build]', 'BUILD').option('--evidence <tar>', 'rebuild from an evidence archive instead').option('--root <file>', 'root.json that the archive is judged by')
    .option('--file <image>', 'compare with these bytes').option('-o, --output <file>', 'write the signed verdict there, for others to import')
    .option('--parallel <n>', 'steps at once', positive).option(...JSON_FLAG)
    .action(verb((build: string | undefined, o: Json & { evidence?: string; root?: string; file?: string; output?: string; parallel?: number }) =>
      verbs.verify({ json: o.json === true, ...defined({ build, evidence: o.evidence, root: o.root, file: o.file, output: o.output, parallel: o.parallel }) })));
  program.command('summary').description('what all known rebuilds are worth together: a signed verification summary, PASSED or FAILED')
    .argument('<build>', 'BUILD').option('--policy <file>', 'quorum policy (default: two operators beside the builder)').option('-o, --output <file>', 'write the signed summary there').option(...JSON_FLAG)
    .action(verb((build: string, o: Json & { policy?: string; output?: string }) => verbs.summary({ build, json: o.json === true, ...defined({ policy: o.policy, output: o.output }) })));
  program.command('evidence').description('what a stranger needs to check a build or a release')
    .argument('<subject>', 'BUILD, or a release as PRODUCT@VERSION').requiredOption('-o, --output <tar>', 'where to write it')
    .option('--with-inputs', 'also what is needed to rebuild').option(...JSON_FLAG)
    .action(verb((subject: string, o: Json & { output: string; withInputs?: boolean }) =>
      verbs.evidence({ subject, output: o.output, withInputs: o.withInputs === true, json: o.json === true })));
  program.command('verify-bundle').description('check an evidence archive, offline')
    .argument('<tar>').requiredOption('--root <file>', 'the root.json that you trust').option('--file <image>', 'these bytes must be among its subjects').option(...JSON_FLAG)
    .action(verb((bundle: string, o: Json & { root: string; file?: string }) => verbs.verifyBundle({ bundle, root: o.root, json: o.json === true, ...defined({ file: o.file }) })));
  program.command('vary').description('rebuild each step under changed conditions; say what leaks')
    .argument('<build>', 'BUILD').option('--profile <name>', 'quick, standard or full')
    .option('--condition <name>', 'one condition, in place of a profile; may be repeated', collected, [])
    .option('--step <name>', 'only this step; may be repeated', collected, []).option(...JSON_FLAG)
    .action(verb((build: string, o: Json & { profile?: string; condition: string[]; step: string[] }) =>
      verbs.vary({ build, conditions: o.condition, steps: o.step, json: o.json === true, ...defined({ profile: o.profile }) })));
}

/** Below `log`, which prints a build's log: names of builds never are `fsck` or `proof` alone. */
function logCommands(program: Command, verbs: EvidenceVerbs, verb: Verb): void {
  const log = program.commands.find((command) => command.name() === 'log')!.enablePositionalOptions();
  log.command('fsck').description('check every entry, tile and checkpoint of the transparency log, and every row it covers')
    .option('--checkpoint <file>', 'a checkpoint of this log that you kept: it must not have gone back behind it').option(...JSON_FLAG)
    .action(verb((o: Json & { checkpoint?: string }) => verbs.logFsck({ json: o.json === true, ...defined({ checkpoint: o.checkpoint }) })));
  log.command('proof').description('the proof that a statement is in the log')
    .argument('<digest>', 'sha256 of the statement, or of an image').option(...JSON_FLAG)
    .action(verb((digest: string, o: Json) => verbs.logProof({ digest, json: o.json === true })));
}

function keyCommands(program: Command, verbs: EvidenceVerbs, verb: Verb): void {
  const keys = program.command('keys').description('signing keys of this home, and whom it trusts');
  keys.command('list').description('every key, with role and time of validity').option(...JSON_FLAG)
    .action(verb((o: Json) => verbs.keysList({ json: o.json === true })));
  keys.command('root').description('print root.json: give it to whoever is to check your evidence').option('-o, --output <file>', 'write it there')
    .action(verb((o: { output?: string }) => verbs.keysRoot(defined({ output: o.output }))));
  keys.command('public').description('print the public key of a role: another operator binds it to you with `keys trust`')
    .addArgument(keys.createArgument('<role>').choices(ROLES)).option('-o, --output <file>', 'write it there')
    .action(verb((role: KeyRole, o: { output?: string }) => verbs.keysPublic({ role, ...defined({ output: o.output }) })));
  keys.command('rotate').description('a new key for a role; what the old one signed stays good')
    .addArgument(keys.createArgument('<role>').choices(ROLES)).option(...JSON_FLAG)
    .action(verb((role: KeyRole, o: Json) => verbs.keysRotate({ role, json: o.json === true })));
  keys.command('trust').description('bind the public key of another operator to that operator')
    .argument('<file>', 'SPKI PEM of an ed25519 key').requiredOption('--operator <name>', 'who holds the key')
    .addOption(new Option('--role <role>', 'what its signatures may say; may be repeated').choices(ROLES).argParser((value: string, before: readonly string[]) => collected(value, before)).default([]))
    .option('--builder <uri>', 'builder id that it may speak for; may be repeated', collected, []).option(...JSON_FLAG)
    .action(verb((file: string, o: Json & { operator: string; role: KeyRole[]; builder: string[] }) =>
      verbs.keysTrust({ file, operator: o.operator, roles: o.role, builders: o.builder, json: o.json === true })));
  keys.command('distrust').description('let nothing count any more that a foreign key signed')
    .argument('<keyid>').option(...JSON_FLAG)
    .action(verb((keyId: string, o: Json) => verbs.keysDistrust({ keyId, json: o.json === true })));
}

function quarantineCommands(program: Command, verbs: EvidenceVerbs, verb: Verb): void {
  const quarantine = program.command('quarantine').description('known differences: they change gates, never verdicts');
  quarantine.command('open').argument('<scope>', 'digest:SHA256, image:NAME, package:NAME or file:GLOB').requiredOption('--reason <text>').requiredOption('--url <link>')
    .requiredOption('--by <name>', 'who opens it').option('--days <n>', 'until it expires, at most 180', positive, 90).option(...JSON_FLAG)
    .action(verb((scope: string, o: Json & { reason: string; url: string; by: string; days: number }) =>
      verbs.quarantineOpen({ scope, reason: o.reason, url: o.url, by: o.by, days: o.days, json: o.json === true })));
  quarantine.command('review').argument('<id>').requiredOption('--by <name>', 'who reviews it: another than who opened it').option(...JSON_FLAG)
    .action(verb((id: string, o: Json & { by: string }) => verbs.quarantineReview({ id, by: o.by, json: o.json === true })));
  quarantine.command('list').option(...JSON_FLAG)
    .action(verb((o: Json) => verbs.quarantineList({ json: o.json === true })));
}

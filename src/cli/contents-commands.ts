import { type Command, Option } from 'commander';

import { Failure } from '../foundation/failure.ts';
import { defined, JSON_FLAG, positive, type Json, type Verb } from './command-parts.ts';
import type { BillFormat, ContentsVerbs, DiffSection, LicensesFormat, ProfileName } from './verbs.ts';

const BILL_FORMATS: readonly BillFormat[] = ['cyclonedx', 'cyclonedx-1.6', 'spdx3', 'spdx2'];
const LICENSE_FORMATS: readonly LicensesFormat[] = ['table', 'json', 'notice', 'notice-html', 'csv'];
const DIFF_SECTIONS: readonly DiffSection[] = ['images', 'packages', 'licenses', 'sbom', 'config', 'inputs'];
const PROFILES: readonly ProfileName[] = ['bsi', 'ntia', 'cra'];

/** What is in it: documents, licenses, source bundle, owners. */
export function contentsCommands(program: Command, verbs: ContentsVerbs, verb: Verb): void {
  billCommands(program, verbs, verb);
  licenseCommands(program, verbs, verb);
  bundleCommands(program, verbs, verb);
  diffCommands(program, verbs, verb);
  historyCommand(program, verbs, verb);
}

function billCommands(program: Command, verbs: ContentsVerbs, verb: Verb): void {
  const sbom = program.command('sbom').description('bill of materials of a build: checked by every gate, signed, printed').enablePositionalOptions()
    .argument('<build>', 'BUILD').addOption(new Option('--format <format>').choices(BILL_FORMATS).default('cyclonedx'))
    .addOption(new Option('--detail <detail>', 'packages alone, or every file too').choices(['packages', 'files']).default('packages'))
    .option('-o, --output <file>', 'write the document there; its signed statement beside it, as FILE.intoto.jsonl').option(...JSON_FLAG)
    .action(verb((build: string, o: Json & { format: BillFormat; detail: 'packages' | 'files'; output?: string }) =>
      verbs.sbom({ build, format: o.format, detail: o.detail, json: o.json === true, ...defined({ output: o.output }) })));
  // Names of builds never are `check` alone.
  sbom.command('check').description('check a document\'s signature, then every shipped byte of an image against it; offline, no home')
    .argument('<document>').argument('<image>').requiredOption('--root <file>', 'the root.json that you trust')
    .option('--statement <file>', 'signed statement about the document, where it has no signature inside').option(...JSON_FLAG)
    .action(verb((document: string, image: string, o: Json & { root: string; statement?: string }) =>
      verbs.sbomCheck({ document, image, root: o.root, json: o.json === true, ...defined({ statement: o.statement }) })));
  program.command('report').description('a build against the fields that a regulation asks for, one row a field')
    .argument('<build>', 'BUILD').addOption(new Option('--profile <name>').choices(PROFILES).makeOptionMandatory()).option(...JSON_FLAG)
    .action(verb((build: string, o: Json & { profile: ProfileName }) => verbs.report({ build, profile: o.profile, json: o.json === true })));
  program.command('owner').description('which package, step, source and license a file of the image is of, and why it is in')
    .argument('<build>', 'BUILD').argument('<path>', 'in the image').option(...JSON_FLAG)
    .action(verb((build: string, path: string, o: Json) => verbs.owner({ build, path, json: o.json === true })));
}

function licenseCommands(program: Command, verbs: ContentsVerbs, verb: Verb): void {
  program.command('licenses').description('licenses of a build: texts, duties, and what a policy says of them')
    .argument('<build>', 'BUILD').option('--policy <file>', 'judge by it: exit 1 where it is violated, 5 where somebody has to look')
    .addOption(new Option('--format <format>').choices(LICENSE_FORMATS).default('table')).option('-o, --output <file>', 'write it there').option(...JSON_FLAG)
    .action(verb((build: string, o: Json & { policy?: string; format: LicensesFormat; output?: string }) =>
      verbs.licenses({ build, format: o.json === true ? 'json' : o.format, ...defined({ policy: o.policy, output: o.output }) })));
  const license = program.command('license').description('decisions about licenses: on record, carried while the texts stay the same');
  for (const [name, kind, what] of [['choose', 'CHOICE', 'of several licenses the one that is used'], ['conclude', 'CONCLUSION', 'what a look at the sources came to']] as const) {
    license.command(name).description(what)
      .argument('<build>', 'BUILD: what its sources and license texts are, the decision is about').argument('<package>').argument('<expression>', 'SPDX expression')
      .requiredOption('--reason <text>').requiredOption('--by <name>').option(...JSON_FLAG)
      .action(verb((build: string, name_: string, expression: string, o: Json & { reason: string; by: string }) =>
        verbs.licenseDecide({ kind, build, package: name_, expression, reason: o.reason, by: o.by, json: o.json === true })));
  }
  license.command('withdraw').description('a decision counts no more').argument('<id>').requiredOption('--reason <text>').requiredOption('--by <name>').option(...JSON_FLAG)
    .action(verb((id: string, o: Json & { reason: string; by: string }) => verbs.licenseWithdraw({ id, reason: o.reason, by: o.by, json: o.json === true })));
  license.command('list').description('all decisions, oldest first').option(...JSON_FLAG)
    .action(verb((o: Json) => verbs.licenseDecisions({ json: o.json === true })));
}

function bundleCommands(program: Command, verbs: ContentsVerbs, verb: Verb): void {
  const legal = program.command('legal-info').description('source bundle: texts, sources, patches, recipes, configuration, scripts').enablePositionalOptions()
    .argument('<build>', 'BUILD').option('-o, --output <tar>', 'where to write it (needed)')
    .option('--with-sandbox [tar]', 'the sandbox\'s packages too, as a second archive (default: beside it, as NAME-sandbox.tar)').option(...JSON_FLAG)
    .action(verb((build: string, { output, withSandbox, json }: Json & { output?: string; withSandbox?: string | true }) => {
      // A mandatory option would be asked of `check` too.
      if (output === undefined) throw new Failure('CLI.USAGE', 'legal-info needs -o FILE', { hint: 'Name the file that the bundle goes to.' });
      return verbs.legalInfo({ build, output, json: json === true, ...defined({ sandbox: withSandbox === true ? `${output.replace(/\.tar$/, '')}-sandbox.tar` : withSandbox }) });
    }));
  legal.command('check').description('rebuild the shipped digests from the two archives alone, in an empty home, network off')
    .argument('<bundle>').argument('<sandbox>').option(...JSON_FLAG)
    .action(verb((bundle: string, sandbox: string, o: Json) => verbs.legalInfoCheck({ bundle, sandbox, json: o.json === true })));
}

function diffCommands(program: Command, verbs: ContentsVerbs, verb: Verb): void {
  const sides = (command: Command): Command => command.argument('<left>', 'BUILD, or the path of an image or directory').argument('<right>', 'the same');
  sides(program.command('diff').description('two builds from the record, or any two images: what differs, in which packages, and why'))
    .option('--all', 'every line').option('--html <file>', 'write a report there that stands alone')
    .option('--fail-on <rules>', 'exit 1 where one of these rules fires, else 0: docs/comparing.md')
    .addOption(new Option('--only <section>', 'one section of two builds; images and bills of materials may be files from anywhere').choices(DIFF_SECTIONS).conflicts(['html', 'failOn']))
    .option('--policy <file>', 'with `--only licenses`: what this policy says of either').option(...JSON_FLAG)
    .action(verb((left: string, right: string, o: Json & { all?: boolean; html?: string; failOn?: string; only?: DiffSection; policy?: string }) => {
      if (o.policy !== undefined && o.only !== 'licenses') throw new Failure('CLI.USAGE', '--policy is for `--only licenses`', { hint: 'Give both, or `--fail-on copyleft` for a rule without a policy.' });
      return verbs.diff({ left, right, all: o.all === true, json: o.json === true, ...defined({ html: o.html, failOn: o.failOn, only: o.only, policy: o.policy }) });
    }));
  sides(program.command('explain-diff').description('one path of two builds or images: both entries, parts, causes with their evidence, text'))
    .argument('<path>', 'in the images').option(...JSON_FLAG)
    .action(verb((left: string, right: string, path: string, o: Json) => verbs.explainDiff({ left, right, path, json: o.json === true })));
}

type HistoryOptions = Json & { package?: string; license?: string; symbol?: string; last: number; board?: boolean; all?: boolean };

function historyCommand(program: Command, verbs: ContentsVerbs, verb: Verb): void {
  program.command('history').description('since when a path, package, license or symbol is as it is in the last builds, and by which change')
    .argument('<target>', 'configuration or board whose builds are looked at').argument('[path]', 'in the image')
    .option('--package <name>', 'of a package: version, recipe, options').option('--license <id>', 'which packages have it').option('--symbol <name>', 'which files define it for others')
    .option('--last <n>', 'how many builds, newest first: 1 to 1000', positive, 100).option('--board', 'all builds for this board, of any configuration').option('--all', 'every line').option(...JSON_FLAG)
    .action(verb((target: string, path: string | undefined, o: HistoryOptions) => {
      const asked = Object.entries(defined({ path, package: o.package, license: o.license, symbol: o.symbol })) as ['path' | 'package' | 'license' | 'symbol', string][];
      const [only] = asked;
      if (only === undefined || asked.length > 1) throw new Failure('CLI.USAGE', 'history needs a path, or one of --package, --license and --symbol', { hint: 'For example `history TARGET /etc/passwd`.' });
      return verbs.history({ target, board: o.board === true, kind: only[0], name: only[1], last: o.last, all: o.all === true, json: o.json === true });
    }));
}

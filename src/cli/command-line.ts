import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';

import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { Failure } from '../foundation/failure.ts';
import { contentsCommands } from './contents-commands.ts';
import { evidenceCommands } from './evidence-commands.ts';
import { defined, JSON_FLAG, type Json, positive, type Verb, wholeNumber } from './command-parts.ts';
import type { ListKind, Verbs } from './verbs.ts';

const BUILD_HELP = `
BUILD is a build id, a configuration or board name (its newest finished build), NAME~2 (the second before it),
or the sha256 of an image (the newest build that made it).

Exit codes: 0 done or equal; 1 the honest answer is no; 2 bad input or usage; 3 equal but for explained noise;
4 the world failed (engine, network, disk); 5 undecided; 70 a bug of ours.`;

/** Parses the command line and runs one verb. Usage errors exit with 2, help with 0; with `--json` they are thrown as CLI.USAGE. */
export async function runCommandLine(argv: readonly string[], verbs: Verbs, version: string): Promise<ExitCode> {
  let exit: ExitCode = EXIT.done;
  const json = argv.includes('--json');
  const program = commandLine(verbs, version, json, (code) => { exit = code; });
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT.done;
    if (json) throw usageFailure(error);
    return EXIT.badInput;
  }
  return exit;
}

/** `error: what is wrong` and, on a line of its own, `(Did you mean x?)`. */
function usageFailure({ code, message }: CommanderError): Failure {
  if (code === 'commander.help') return new Failure('CLI.USAGE', 'there is no such command');
  const [what = '', meant] = message.replace(/^error: /, '').split('\n');
  return new Failure('CLI.USAGE', what, meant === undefined ? {} : { hint: meant.replaceAll(/^\(|\)$/g, '') });
}

function commandLine(verbs: Verbs, version: string, json: boolean, ended: (code: ExitCode) => void): Command {
  const program = new Command('provenroot')
    .configureOutput(json ? { writeErr: () => undefined } : {})
    .description('Builds Linux images in pinned containers and keeps a complete record of them.')
    .version(version)
    .addHelpText('after', BUILD_HELP)
    // Options behind a command are that command's: `log fsck --json` is not `log --json`.
    .enablePositionalOptions()
    .exitOverride()
    .showSuggestionAfterError();
  const verb = <A extends unknown[]>(run: (...args: A) => Promise<ExitCode>) => async (...args: A): Promise<void> => ended(await run(...args));
  // `exitOverride` is inherited only by commands made after it, through `command()`.
  mainVerbs(program, verbs, verb);
  recordVerbs(program, verbs, verb);
  upkeepVerbs(program, verbs, verb);
  configVerbs(program, verbs, verb);
  evidenceCommands(program, verbs, verb);
  contentsCommands(program, verbs, verb);
  return program;
}

function mainVerbs(program: Command, verbs: Verbs, verb: Verb): void {
  program.command('up').description('set up what is missing, build a board, serve the API')
    .argument('[board]', 'board to build', 'qemu-x86_64')
    .option('--host <address>', 'address to listen on', '127.0.0.1').addOption(portOption()).option(...JSON_FLAG)
    .action(verb((board: string, o: Json & { host: string; port: number }) => verbs.up({ board, host: o.host, port: o.port, json: o.json === true })));
  program.command('test').description('set up what is missing, then check, unit to end-to-end tests, a real build, a boot')
    .option('--full', 'the long forms too')
    .action(verb((o: { full?: boolean }) => verbs.test({ full: o.full === true })));
  program.command('build').description('build a board or a configuration')
    .argument('<target>', 'board, configuration, or configuration file')
    .option('-o, --output <dir>', 'copy the images there').option('--cold', 'reuse no result; run every step')
    .option('--offline', 'fetch nothing: sources must be in the store').option('--parallel <n>', 'steps at once', positive)
    .option('--policy <file>', 'judge its licenses by this policy: exit 1 where it is violated, 5 where somebody has to look').option(...JSON_FLAG)
    .action(verb((target: string, o: Json & { output?: string; cold?: boolean; offline?: boolean; parallel?: number; policy?: string }) => verbs.build({
      target, cold: o.cold === true, offline: o.offline === true, json: o.json === true,
      ...defined({ output: o.output, parallel: o.parallel, policy: o.policy }),
    })));
  program.command('boot').description('boot a build in QEMU on the serial console')
    .argument('<build>', 'BUILD').option('--check', 'boot, log in, run a command, power off').option('--command <text>', 'the command of --check')
    .option('--image <name>', 'root file system image to boot').option('--ssh-port <n>', 'forward this port of 127.0.0.1 to ssh', positive)
    .option('--authorized-keys <file>', 'public keys for root, for this boot only').option(...JSON_FLAG)
    .action(verb((target: string, o: Json & { check?: boolean; command?: string; image?: string; sshPort?: number; authorizedKeys?: string }) => verbs.boot({
      target, check: o.check === true, json: o.json === true,
      ...defined({ command: o.command, image: o.image, sshPort: o.sshPort, authorizedKeys: o.authorizedKeys }),
    })));
  program.command('serve').description('serve the API, with a worker beside it')
    .option('--host <address>', 'address to listen on', '127.0.0.1').addOption(portOption()).option('--no-worker', 'the API alone').option(...JSON_FLAG)
    .action(verb((o: Json & { host: string; port: number; worker: boolean }) => verbs.serve({ host: o.host, port: o.port, worker: o.worker, json: o.json === true })));
}

function recordVerbs(program: Command, verbs: Verbs, verb: Verb): void {
  program.command('plan').description('say of each step whether it is reused, will run, or may be cut off, and why')
    .argument('<target>', 'board, configuration, or configuration file').option(...JSON_FLAG)
    .action(verb((target: string, o: Json) => verbs.plan({ target, json: o.json === true })));
  program.command('list').description('list boards, recipes, configs or builds')
    .addArgument(program.createArgument('<kind>').choices(['boards', 'recipes', 'configs', 'builds']))
    .option('--limit <n>', 'how many builds', positive, 20).option(...JSON_FLAG)
    .action(verb((kind: ListKind, o: Json & { limit: number }) => verbs.list({ kind, limit: o.limit, json: o.json === true })));
  program.command('show').description('show a build, a board, a recipe or a configuration')
    .argument('<what>', 'BUILD, or board:NAME, recipe:NAME, config:NAME').option(...JSON_FLAG)
    .action(verb((what: string, o: Json) => verbs.show({ what, json: o.json === true })));
  program.command('log').description('print the log of a build, or of one of its steps; `log fsck` and `log proof DIGEST`: the transparency log')
    .argument('<build>', 'BUILD').argument('[step]', 'step').option('--times', 'milliseconds since the start of the step before each line').option(...JSON_FLAG)
    .action(verb((build: string, step: string | undefined, o: Json & { times?: boolean }) => verbs.log({
      build, times: o.times === true, json: o.json === true, ...defined({ step }),
    })));
  program.command('shell').description('a shell in the sandbox of a step, with the inputs of that step')
    .argument('<step>', 'step, as `plan` names it').option('--target <target>', 'board or configuration', 'qemu-x86_64')
    .action(verb((step: string, o: { target: string }) => verbs.shell({ step, target: o.target })));
}

function upkeepVerbs(program: Command, verbs: Verbs, verb: Verb): void {
  program.command('setup').description('install and start what is missing').option(...JSON_FLAG)
    .action(verb((o: Json) => verbs.setup({ json: o.json === true })));
  program.command('doctor').description('check the machine, the home, the engine, the database').option(...JSON_FLAG)
    .action(verb((o: Json) => verbs.doctor({ json: o.json === true })));
  const sources = program.command('sources').description('upstream archives');
  sources.command('fetch').description('fetch every source of these targets, and the sandbox, so that a build needs no network')
    .argument('[targets...]', 'boards or configurations', ['qemu-x86_64']).option(...JSON_FLAG)
    .action(verb((targets: string[], o: Json) => verbs.sourcesFetch({ targets, json: o.json === true })));
  const sandbox = program.command('sandbox').description('the pinned build environment');
  sandbox.command('update').description('resolve a new lock and show the difference')
    .option('--mirror <url>', 'Debian archive to resolve against (default: the one of this machine)').option('--write', 'write sandbox/lock.json').option(...JSON_FLAG)
    .action(verb((o: Json & { mirror?: string; write?: boolean }) => verbs.sandboxUpdate({ write: o.write === true, json: o.json === true, ...defined({ mirror: o.mirror }) })));
  const store = program.command('store').description('blobs, trees and results on disk');
  store.command('verify').description('hash every object again').option(...JSON_FLAG)
    .action(verb((o: Json) => verbs.storeVerify({ json: o.json === true })));
  program.command('gc').description('delete what no build on record needs')
    .option('--dry-run', 'only say what would go').option('--keep-days <n>', 'keep what was used within so many days; 0 only while nothing builds', wholeNumber, 1).option(...JSON_FLAG)
    .action(verb((o: Json & { dryRun?: boolean; keepDays: number }) => verbs.gc({ dryRun: o.dryRun === true, keepDays: o.keepDays, json: o.json === true })));
}

function configVerbs(program: Command, verbs: Verbs, verb: Verb): void {
  const config = program.command('config').description('configurations: a board with choices of your own');
  config.command('new').argument('<name>').requiredOption('--board <board>', 'the board it inherits from').option(...JSON_FLAG).description('a configuration that equals its board')
    .action(verb((name: string, o: Json & { board: string }) => verbs.configNew({ name, board: o.board, json: o.json === true })));
  config.command('add').argument('<name>').argument('<packages...>').option(...JSON_FLAG).description('add packages')
    .action(verb((name: string, packages: string[], o: Json) => verbs.configAdd({ name, packages, json: o.json === true })));
  config.command('remove').argument('<name>').argument('<packages...>').option(...JSON_FLAG).description('leave packages out')
    .action(verb((name: string, packages: string[], o: Json) => verbs.configRemove({ name, packages, json: o.json === true })));
  config.command('set').argument('<name>').argument('<assignments...>', 'PACKAGE.OPTION=VALUE, system.FIELD=VALUE, images=FORMAT,FORMAT').option(...JSON_FLAG).description('set options')
    .action(verb((name: string, assignments: string[], o: Json) => verbs.configSet({ name, assignments, json: o.json === true })));
  config.command('update').argument('<name>').option(...JSON_FLAG).description('pin the versions that the catalog has now')
    .action(verb((name: string, o: Json) => verbs.configUpdate({ name, json: o.json === true })));
  config.command('search').argument('<name>').argument('<text>').option(...JSON_FLAG).description('find packages and options')
    .action(verb((name: string, text: string, o: Json) => verbs.configSearch({ name, text, json: o.json === true })));
  config.command('show').argument('<name>').option('--explain <package>', 'why it is in, and what needs it').option(...JSON_FLAG).description('what it means, resolved')
    .action(verb((name: string, o: Json & { explain?: string }) => verbs.configShow({ name, json: o.json === true, ...defined({ explain: o.explain }) })));
  config.command('save').argument('<name>').argument('[file]', 'default: standard output').option(...JSON_FLAG).description('write only what differs from the defaults')
    .action(verb((name: string, file: string | undefined, o: Json) => verbs.configSave({ name, json: o.json === true, ...defined({ file }) })));
}

function portOption(): Option {
  return new Option('--port <n>', 'port to listen on').default(4000).argParser((text) => {
    const port = Number(text);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError('a port is 0 to 65535');
    return port;
  });
}

import { mergedRanges } from './ranges.ts';
import { isConfiguration, matchesOf, textRule, type Match, type Rule, type RuleContext } from './rule.ts';

/** Compilers' options that choose the processor, in whatever they are written down. */
const PROCESSOR = /(?<![\w-])-m(?:arch|cpu|tune|fpu|float-abi|isa-spec|abi|no-)?(?:=[\w.+-]+|(?:sse|avx|fma|bmi|aes|neon|altivec|vsx|thumb|arm|32|64)[\w.-]*)(?![\w=])/g;

/** Never noise: other instructions run on other machines. */
export const PROCESSORS: Rule = textRule('cpu-feature', (text) => matchesOf(text, PROCESSOR, 'cpu'));

/**
 * Places where only how many jobs ran at once can stand; the number is what differs. `MAKEFLAGS` may hold the descriptors of the
 * job server instead.
 */
const KNOWN_FIELDS: readonly RegExp[] = [
  /(?<=(?:^|[^\w-])(?:MAKEFLAGS|MFLAGS|NINJAFLAGS|SAMUFLAGS|PARALLEL_MFLAGS)[ "']{0,3}[:=][ "']{0,3}[^\n\0]{0,200}?-j ?)\d{1,4}(?![\w.])/g,
  /(?<=(?:^|[^\w-])DEB_BUILD_OPTIONS[ "']{0,3}[:=][^\n\0]{0,200}?parallel=)\d{1,4}(?![\w.])/g,
  /(?<=(?:^|[^\w-])(?:CMAKE_BUILD_PARALLEL_LEVEL|CARGO_BUILD_JOBS|NUM_JOBS|BB_NUMBER_THREADS|BR2_JLEVEL|SCONSFLAGS)[ "']{0,3}[:=][ "']{0,3}(?:-j ?)?)\d{1,4}(?![\w.])/g,
  /(?<=--jobserver-(?:auth|fds)=)(?:fifo:[\w./-]{1,200}|-?\d+,-?\d+)(?![\w.])/g,
];

/** Places where a number is often that of processors or jobs, of the machine that built it or of what it is to do. */
const LIKELY_FIELDS: readonly RegExp[] = [
  /(?<=(?:^|[^\w-])(?:g?make|ninja|samu|cmake --build \S{1,100}|cargo build|scons|waf) (?:-[\w=./-]+ ){0,8}(?:-j ?|--jobs[= ]))\d{1,4}(?![\w.])/g,
  /(?<=(?:^|[^\w-])-j ?)\d{1,4}(?![\w.])/g, /(?<=--(?:jobs|parallel|threads)[= ])\d{1,4}(?![\w.])/g,
  /(?<=(?:^|[^a-z])(?:nproc|ncpus?|num[_ -]?(?:cpus?|cores|jobs|procs|processors)|cpu[_ -]?count|(?:number of|build|parallel) (?:cpus?|cores|jobs|processors)|parallel|jobs)["']?(?:\(\))? ?[:=] ?)\d{1,4}(?![\w.])/gi,
  /(?<![\w.])\d{1,4}(?= (?:parallel jobs|jobs|cpus?|cores|processors|hardware threads)\b)/gi,
];

/** Of a script, a makefile or a configuration it says what is to be done, not what was. */
function saysWhatToDo(context: RuleContext): boolean {
  const { left, right } = context.described;
  return isConfiguration(context) || /(?:^|\/)(?:GNU)?[Mm]akefile[^/]*$|\.(?:mk|mak|cmake|sh|bash|py|pl|rb|lua|js|bb|spec|ya?ml|toml|conf|service)$/.test(context.path) || [left, right].some((side) => side.kind === 'text' && side.facts.interpreter !== undefined);
}

function fieldsIn(text: string, fields: readonly RegExp[]): Match[] {
  return fields.reduce<Match[]>((taken, field) => mergedRanges(taken, matchesOf(text, field, 'jobs')), []);
}

/** A number of jobs, where nothing else can stand, or where the record says that it was just that. */
export const JOBS: Rule = textRule('parallelism', (text, side, context) => {
  if (saysWhatToDo(context)) return [];
  const recorded = new Set((context.known[side].jobs ?? []).map(String));
  const likely = recorded.size === 0 ? [] : fieldsIn(text, LIKELY_FIELDS).filter((match) => recorded.has(match.text));
  return mergedRanges(fieldsIn(text, KNOWN_FIELDS), likely);
});

/** Nobody knows whether that many jobs ran: a suspicion. */
export const ANY_JOBS: Rule = textRule('parallelism', (text) => fieldsIn(text, /\d/.test(text) ? [...KNOWN_FIELDS, ...LIKELY_FIELDS] : KNOWN_FIELDS));

import { mergedRanges } from './ranges.ts';
import { isConfiguration, matchesOf, textRule, type Match, type Rule, type RuleContext } from './rule.ts';

/**
 * What is written beside a difference, or how it is written, tells what it is likely to be. Nothing here proves anything: that
 * a text reads like a version of a compiler does not make it one.
 */
export type Clue = readonly [rule: Rule, confidence: number];

const all = (text: string, patterns: readonly RegExp[], placeholder: string): Match[] => patterns.reduce<Match[]>((taken, pattern) => mergedRanges(taken, matchesOf(text, pattern, placeholder)), []);
/** Where each pattern has a number in it: those that cannot match are not compiled. */
const allNumbers = (text: string, patterns: readonly RegExp[], placeholder: string): Match[] => (/\d/.test(text) ? all(text, patterns, placeholder) : []);
const clue = (code: Rule['code'], confidence: number, patterns: readonly RegExp[], find = all): Clue => [textRule(code, (text) => find(text, patterns, code)), confidence];
/** Where people write what a machine is to do, a name is a setting. */
const clueElsewhere = (code: Rule['code'], confidence: number, patterns: readonly RegExp[], find = all): Clue => [textRule(code, (text, _side, context: RuleContext) => (isConfiguration(context) ? [] : find(text, patterns, code))), confidence];

const RELEASE = '\\d{1,2}\\.\\d{1,3}(?:\\.\\d{1,4})?(?:[-+~][\\w.+~-]{1,60})?';
/** Between a name and its value: `name = 'value'`, `"name": "value"`, `name => value`. */
const IS = '["\']? {0,30}(?::=|=>|[:=\\t])[ \\t]{0,3}["\']?';

const KERNEL_RELEASES = clue('kernel-version', 0.85, [
  new RegExp(`(?<=\\bLinux(?: version)?[ /-])${RELEASE}`, 'gi'), new RegExp(`(?<=\\bLinux/\\w{1,20} )${RELEASE}`, 'g'), new RegExp(`(?<=\\blinux [\\w.-]{1,64} )${RELEASE}(?= #)`, 'gi'),
  new RegExp(`(?<=/(?:lib/modules|usr/src)/(?:linux-(?:headers-)?)?)${RELEASE}`, 'g'), new RegExp(`(?<=\\b(?:vermagic|uname[ -]r|osvers|UTS_RELEASE|KERNELRELEASE|kernel(?:[ _-]?(?:release|version))?)(?: ?\\(\\w+\\))?(?:${IS}| "?))${RELEASE}`, 'gi'),
  new RegExp(`(?<![\\w.])${RELEASE}(?= \\([^()\\n]{1,100}@[^()\\n]{1,100}\\) #\\d)`, 'g'), new RegExp(`(?<=\\b(?:vmlinuz|initrd\\.img|System\\.map|config)-)${RELEASE}`, 'g'),
  /(?<=\bLINUX_VERSION_(?:CODE|MAJOR|PATCHLEVEL|SUBLEVEL) )\d+/g,
], allNumbers);

const CPU_NAME = '(?:haswell|broadwell|skylake(?:[-_]avx512|x)?|icelake(?:[-_]\\w+)?|cascadelake|sapphirerapids|alderlake|ivybridge|sandybridge|westmere|nehalem|penryn|core2|atom|bonnell|silvermont|goldmont|tremont|zn?ver?\\d|zen\\d?|btver\\d|bdver\\d|bulldozer|barcelona|opteron|k8|prescott|x86[-_]64(?:[-_]v\\d)?|i[3-6]86|cortex[-_]?[amrx]\\d+|neoverse[-_]\\w\\d|armv\\d[\\w.-]*|power\\d+|thunderx\\w*|native)';
const FEATURE = '(?:S?SSE\\d?(?:_\\d)?|AVX\\w*|FMA\\d?|BMI\\d?|F16C|POPCNT|AESNI|AES_NI|PCLMUL\\w*|MMX|NEON|ASIMD|SVE\\d?|ALTIVEC|VSX|RDRAND|RDSEED|ADX|SHANI|CRC32C?)';
const PROCESSOR_NAMES = clueElsewhere('cpu-feature', 0.8, [
  /(?<=\btarget-(?:cpu|feature)=)[\w.+,-]+/g, /(?<=\b(?:GOAMD64|GOARM64|GOARM|GOPPC64|GO386|GOMIPS)[=:] ?)[\w.,]+/g,
  new RegExp(`(?<=\\b(?:model name|cpu(?:[ _-]?(?:model|type|name))?|processor|host_cpu|flags|features)["']?[ \\t]{0,20}[:=][ \\t]{0,20}["']?)(?=[^\\n]{0,400}[a-z])[^\\n"']{2,400}`, 'gi'),
  new RegExp(`(?:#define|/\\* #undef|# +undef|set\\() *\\w*(?<![A-Z0-9])${FEATURE}(?![a-z])\\w*(?: +\\d| \\*/)?`, 'g'),
  new RegExp(`(?<![a-z0-9])${CPU_NAME}(?![a-z0-9])`, 'gi'), new RegExp(`(?<![a-z0-9])(?:${FEATURE.toLowerCase()})(?: (?:${FEATURE.toLowerCase()}))*(?![a-z0-9])`, 'gi'),
]);

const JOB_WORD = '(?:jobs?|workers?|threads?|n_?procs?|n?cpus?|cores?|parallel(?:ism|[_-]?level)?|concurrency|processes|processors|slots)';
const JOBS_TOLD = clueElsewhere('parallelism', 0.75, [
  new RegExp(`(?<=(?:^|[^a-z])(?:[a-z]+[_-])*${JOB_WORD}(?::[a-z]+)?(?:${IS}| ))\\d{1,4}(?![\\w.])`, 'gi'), new RegExp(`(?<![\\w.])\\d{1,4}(?= (?:\\w+ )?${JOB_WORD}\\b)`, 'gi'),
  /(?<=-flto=)\d{1,4}(?![\w.])/g, /(?<=(?:\.ltrans|\.lto_priv\.|-cgu\.|\.lto\.))\d{1,6}/g, /(?<=(?:^|[^\w-])-(?:j|P|T) ?)\d{1,4}(?![\w.])/g,
], allNumbers);

const VERSION = '\\d+(?:\\.\\d+)+[\\w.~+-]*';
const COMPILER = '(?:gcc|g\\+\\+|cc1(?:plus)?|clang|llvm|lld|rustc|cargo|GNU (?:ld|gold|as|assembler|C\\+\\+|C|Fortran|Ada|GIMPLE|Bison)\\d*|gold|mold|binutils|bison|flex|byacc|swig|protoc|thrift|javac|jdk|jvm|java|valac?|vapigen|ghc|ocaml\\w*|fpc|tcc|nasm|yasm|dtc|cython|moc|uic|rcc|gdbus-codegen|glib-\\w+|gperf|re2c|ragel|lemon|antlr|tsc|babel|webpack|sass|lessc|groff|doxygen|help2man|texi2\\w+|makeinfo|docbook\\w*|asciidoc\\w*|sphinx|compiler|linker|assembler|generator)';
const TOOLS = clue('toolchain', 0.8, [
  new RegExp(`(?<![\\w-])${COMPILER}[^\\d\\n]{0,40}${VERSION}(?:\\)? ${VERSION})?(?: \\([^()\\n]{1,80}\\))?`, 'gi'), /(?<![\w.])go1\.\d+(?:\.\d+)?(?:rc\d+|beta\d+)?/g,
  new RegExp(`(?<=\\b(?:Created-By|Build-Jdk(?:-Spec)?|Bnd-\\w+|Tool)${IS})[^\\n]{1,80}`, 'g'), new RegExp(`(?<=\\b\\w{0,20}(?:CC|CXX|GCC|CLANG|BISON|COMPILER)_?VERSION(?:${IS}| ["']?))[\\w.+~-]+`, 'gi'),
  new RegExp(`(?<=\\b(?:generated|produced|made|compiled|created|built) (?:automatically )?(?:by|with|using) [A-Za-z][\\w +-]{1,40}? (?:version |v)?)${VERSION}(?: \\([^()\\n]{1,80}\\))?`, 'gi'),
]);

const FLAG = '-(?:O(?:[0-3sgz]|fast)?|f(?!lto=\\d)[a-z][\\w-]*(?:=[\\w.,/+-]+)?|W[a-z][\\w,.=/+-]*|D[A-Za-z_]\\w*(?:=[\\w.]+)?|U[A-Za-z_]\\w*|g(?:[0-3]|gdb\\d?|dwarf-\\d)?|m(?!arch|tune|cpu)[a-z][\\w-]*(?:=[\\w.+-]+)?|std=[\\w+]+|pipe|pie|no-pie|static|shared|ansi|pedantic|s)';
/** A run of options is one: what one side has more of them is no text of its own. */
const OPTIONS = clue('compiler-flags', 0.8, [new RegExp(`(?<![\\w./-])${FLAG}(?:[ ,]{1,2}${FLAG})*(?![\\w=-])`, 'g')]);

const NAME = '[A-Za-z0-9][\\w.-]{0,62}';
const MADE_BY = '(?:built|compiled|generated|configured|made|created|packaged|produced)[ _-]?(?:by|on|at|host)';
const MAKERS = clueElsewhere('host-leak', 0.75, [
  /(?<![\w.@/:-])[a-z_][\w.-]{0,31}@[A-Za-z0-9][\w.-]{0,62}(?![\w@])/g, new RegExp(`(?<=\\b(?:build[ _-]?|my|server[ _-]?|machine[ _-]?)?(?:host|hostname|host[ _-]name|node[ _-]?name|computer[ _-]?name|uname -n)${IS})${NAME}`, 'gi'),
  new RegExp(`(?<=\\b${MADE_BY}(?: {0,5}[:=])? {1,3}\\S{1,40} (?:on|at) (?:host |machine )?)${NAME}`, 'gi'), new RegExp(`(?<=\\b${MADE_BY}(?:${IS}| {1,3}))(?!with\\b|from\\b|GNU\\b)${NAME}(?:@${NAME})?`, 'gi'),
  new RegExp(`(?<=\\b(?:builder|build[ _-]?user|user(?:name)?|login|logname|packager|maintainer_host|cf_by|cf_email|author)${IS})${NAME}`, 'gi'), new RegExp(`(?<=\\blinux )${NAME}(?= \\d+\\.\\d+\\S* )`, 'gi'),
  new RegExp(`(?<=\\b(?:on|at) (?:host|machine|node) )${NAME}`, 'gi'),
]);

/** An account of the record by itself: the name of somebody may be a word, so it is no proof. */
const ACCOUNTS: Clue = [textRule('host-leak', (text, side, { known }) => {
  const names = [...known[side].users, ...known[side].hosts].filter((name) => name.length > 1);
  return all(text, names.map((name) => new RegExp(`(?<![\\w.@-])${name.replaceAll(/[^\w]/g, '\\$&')}(?![\\w@-])`, 'g')), 'account');
}), 0.6];

/** In the order in which they are looked for: what a text beside a number tells exactly comes before what may be anything. */
export const CLUES: readonly Clue[] = [KERNEL_RELEASES, JOBS_TOLD, PROCESSOR_NAMES, OPTIONS, TOOLS, MAKERS, ACCOUNTS];

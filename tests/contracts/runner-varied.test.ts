import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { VARIATION_NAMES, type VariationName } from '../../src/catalog/variation-name.ts';
import type { Sha256 } from '../../src/foundation/digest.ts';
import { instrumentTree } from '../../src/sandbox/instrument.ts';
import { ownLabels, HOME_LABEL } from '../../src/sandbox/leftovers.ts';
import { openSandboxBench, type BenchRun, type SandboxBench } from '../support/sandbox-bench.ts';

/** What a step finds out about each condition; all of it is asked in one container. */
const QUESTIONS: Readonly<Record<VariationName, string>> = {
  'aslr': 'python3 -c "import ctypes; print(hex(ctypes.cast(ctypes.CDLL(None).puts, ctypes.c_void_p).value))"',
  'build-path': 'pwd -P; echo /build/source',
  'cache': 'stat -c "%i" /sysroot/include/a.h',
  'cpu-count': 'nproc; echo "$JOBS"',
  'directory-order': 'ls -U /sysroot/names; find /sysroot/names; perl -e \'opendir(my $d, "/sysroot/names"); print join(",", readdir $d), "\\n"\'; python3 -c "import os; print(os.listdir(\\"/sysroot/names\\"))"',
  'domain': 'cat /proc/sys/kernel/domainname',
  'entropy': 'head -c 8 /dev/urandom | od -An -tx1; python3 -c "import os, uuid; print(os.urandom(4).hex(), uuid.uuid4(), hash(\\"x\\"))"; cat /proc/sys/kernel/random/uuid; perl -e "print rand, qq(\\n)"; mktemp -u',
  'environment': 'env | grep -vE "^(PATH|PWD|OLDPWD|HOME|HOSTNAME|LC_ALL|LANG|LANGUAGE|TZ|JOBS|_|SHLVL)=" | sort',
  'exec-path': 'echo "$PATH"',
  'home': 'echo "$HOME"; echo ~',
  'hostname': 'hostname; uname -n; echo "$HOSTNAME"; cat /proc/sys/kernel/hostname',
  'kernel': 'uname -r',
  'locale': 'echo "$LC_ALL"; printf "a\\nB\\nc\\n" | sort | tr "\\n" " "; printf "%.1f\\n" 1; date -u -d @0 +%B',
  'storage': 'stat -f -c %T .',
  'store-path': 'grep " /sysroot " /proc/self/mountinfo | sed "s/.*lowerdir=//; s/[:,].*//"',
  'time': 'date -u +%s; python3 -c "import time; print(int(time.time()))"; perl -e "print time, qq(\\n)"; echo __DATE__ __TIME__ | TZ=UTC gcc -E -P -',
  'time-zone': 'date +%Z%z; echo "$TZ"',
  'umask': 'umask; touch /tmp/mask; stat -c %a /tmp/mask',
  'user': 'id; id -un; stat -c %u /tmp/mask2 || { touch /tmp/mask2; stat -c %u:%g /tmp/mask2; }',
};

const CHECKOUT = join(import.meta.dirname, '../..');
const sandboxFile = (name: string): Promise<Buffer> => readFile(join(CHECKOUT, 'sandbox', name));

let bench: SandboxBench;
let instrument: Sha256;
let still: Answers;

type Answers = Readonly<Record<string, string>>;

beforeAll(async () => {
  bench = await openSandboxBench();
  instrument = await makeInstrument();
  still = answersOf(await runVaried([]));
}, 600_000);
afterAll(async () => { await bench.close(); });

async function makeInstrument(): Promise<Sha256> {
  const { sandbox } = bench.command(['true']);
  const sources = { preload: await sandboxFile('variation.c'), build: await sandboxFile('variation-build.sh') };
  return instrumentTree(sandbox, sources, bench, new AbortController().signal);
}

async function runVaried(varied: readonly VariationName[]): Promise<BenchRun> {
  const phase = Object.entries(QUESTIONS).map(([name, text]) => `echo '@ ${name}'; (${text}) 2>/dev/null || :`).join('\n');
  const sysroot = await bench.tree({ 'include/a.h': 'x', 'names/a': '1', 'names/b': '2', 'names/c': '3' });
  const asked = {
    mounts: [{ at: '/sysroot' as const, trees: [sysroot] }], environment: { HOME: '/build/home', JOBS: '2' }, surroundings: { varied: new Set(varied), instrument, place: 'contract' },
  };
  return bench.step([phase, 'mkdir -p /out/target; echo done >/out/target/file'], {}, asked);
}

function answersOf({ log }: BenchRun): Answers {
  return Object.fromEntries(log.split(/^@ /m).slice(1).map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)]));
}

const changed = (answers: Answers): string[] => VARIATION_NAMES.filter((name) => answers[name] !== still[name]);

describe('a varied run', () => {
  it('succeeds, and meets the same again where nothing is varied', async () => {
    const again = await runVaried([]);
    expect(again).toMatchObject({ exit: { kind: 'exited', code: 0 }, outputs: { target: expect.any(String) } });
    expect(changed(answersOf(again))).toEqual([]);
  }, 600_000);

  it.each(VARIATION_NAMES.filter((name) => name !== 'umask'))('lets a step see that %s is varied, and nothing else', async (name) => {
    const run = await runVaried([name]);
    expect(run.exit).toEqual({ kind: 'exited', code: 0 });
    expect({ [name]: changed(answersOf(run)) }).toEqual({ [name]: [name] });
  }, 600_000);

  it('has the mask of its own from the step runner, whoever started it with another', async () => {
    const surroundings = { varied: new Set(['umask' as const]), instrument, place: 'contract' };
    expect((await bench.sh('umask', { surroundings })).log).toBe('0002\n');
    expect(changed(answersOf(await runVaried(['umask'])))).toEqual([]);
  });

  it('collects the same outputs, however much is varied', async () => {
    const run = await runVaried(VARIATION_NAMES);
    const plain = await bench.step(['mkdir -p /out/target; echo done >/out/target/file']);
    expect([run.exit, run.outputs]).toEqual([{ kind: 'exited', code: 0 }, plain.outputs]);
  }, 600_000);

  it('leaves no container and no volume', async () => {
    const filters = JSON.stringify({ label: [`${HOME_LABEL}=${ownLabels(bench.home)[HOME_LABEL]}`] });
    const { Volumes } = await bench.engine.listVolumes({ filters });
    expect([await bench.engine.listContainers({ all: true, filters }), Volumes ?? []]).toEqual([[], []]);
  });

  it('makes its instrument once, the same bytes each time', async () => {
    expect(await makeInstrument()).toBe(instrument);
  });
});

import { VARIATION_NAMES, type VariationName } from '../catalog/variation-name.ts';
import { instrumentConditions, movedBuildPath, OTHER, randomFile, STILL_CLOCK, variedEnvironment, VARIED_CLOCK } from './variation.ts';

const ENVIRONMENT = { PATH: '/host/bin:/usr/bin', HOME: '/build/home', TZ: 'UTC', LC_ALL: 'C', JOBS: '8', CFLAGS: '-O2 -ffile-prefix-map=/build=.' };
const under = (...varied: VariationName[]): Record<string, string> => variedEnvironment({ environment: ENVIRONMENT }, new Set(varied));

describe('the environment of a varied run', () => {
  it('is that of the command where nothing of it is varied', () => {
    expect(under()).toEqual(ENVIRONMENT);
    expect(under('time', 'entropy', 'aslr', 'user')).toEqual(ENVIRONMENT);
  });

  it('overrides what the definition fixes, one condition at a time', () => {
    expect(under('time-zone')).toEqual({ ...ENVIRONMENT, TZ: OTHER.timeZone });
    expect(under('home')).toEqual({ ...ENVIRONMENT, HOME: OTHER.home });
    expect(under('cpu-count')).toEqual({ ...ENVIRONMENT, JOBS: '1' });
    expect(under('exec-path')).toEqual({ ...ENVIRONMENT, PATH: `/host/bin:/usr/bin:${OTHER.searchPath}` });
    expect(under('build-path')).toEqual({ ...ENVIRONMENT, CFLAGS: `-O2 -ffile-prefix-map=${OTHER.buildDirectory}=.` });
  });
});

describe('the build directory', () => {
  it.each([
    ['cd /build/source', 'cd @/source'], ['mkdir /build', 'mkdir @'], ['"/build/work"', '"@/work"'], ['-B /build/work -S /build/source', '-B @/work -S @/source'],
    ['/out/build', '/out/build'], ['./build', './build'], ['${top}/build/x', '${top}/build/x'], ['"$here"/build', '"$here"/build'], ['/build-tools', '/build-tools'],
    ['/builder', '/builder'], ['s|/build|x|', 's|@|x|'], ['/rebuild', '/rebuild'],
  ])('is moved where a path starts with it: %s', (text, moved) => {
    expect(movedBuildPath(text)).toBe(moved.replaceAll('@', OTHER.buildDirectory));
  });
});

describe('the instrument', () => {
  it('stands ahead of the real clock, so that what the kernel dates stays in the past', () => {
    expect(STILL_CLOCK * 1000).toBeGreaterThan(Date.UTC(2030));
    expect(VARIED_CLOCK).toBeGreaterThan(STILL_CLOCK);
    // Signed 32 bits of seconds: a tool that overflows is another matter.
    expect(VARIED_CLOCK).toBeLessThan(2 ** 31 - 1);
  });

  it('is told the same whatever else is varied', () => {
    const others = VARIATION_NAMES.filter((name) => !['time', 'entropy', 'directory-order', 'umask'].includes(name));
    expect(instrumentConditions(new Set(others))).toBe(instrumentConditions(new Set()));
  });

  it('gives other random bytes for another seed and the same for the same', () => {
    expect(Buffer.compare(randomFile(new Set()), randomFile(new Set(['time' as const])))).toBe(0);
    expect(Buffer.compare(randomFile(new Set()), randomFile(new Set(['entropy' as const])))).not.toBe(0);
  });
});

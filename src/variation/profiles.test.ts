import { VARIATION_NAMES, variationRule } from '../catalog/variation-name.ts';
import { excusedBy } from './excused-by.ts';
import { chooseConditions, PROFILES } from './profiles.ts';

const code = (request: Parameters<typeof chooseConditions>[0]): unknown => {
  try {
    return chooseConditions(request);
  } catch (error) {
    return (error as { code: string; hint: string }).code;
  }
};

describe('what is varied', () => {
  it('is an explicit, sorted list, whichever way it was asked for', () => {
    expect(chooseConditions({ profile: 'quick' })).toEqual({ profile: 'quick', conditions: ['hostname', 'locale', 'time', 'time-zone', 'umask'] });
    expect(chooseConditions({ conditions: ['umask', 'time', 'umask'] })).toEqual({ conditions: ['time', 'umask'] });
    expect(chooseConditions({ profile: 'full' }).conditions).toEqual(VARIATION_NAMES);
  });

  it('without something is that and no longer the profile', () => {
    expect(chooseConditions({ profile: 'quick', without: ['time'] })).toEqual({ conditions: ['hostname', 'locale', 'time-zone', 'umask'] });
  });

  it('is never nothing, and never unknown', () => {
    expect(code({ conditions: [] })).toBe('VARIATION.EMPTY');
    expect(code({})).toBe('VARIATION.EMPTY');
    expect(code({ profile: 'quick', conditions: ['time'] })).toBe('VARIATION.EMPTY');
    expect(code({ profile: 'quick', without: PROFILES['quick']! })).toBe('VARIATION.EMPTY');
    expect(code({ conditions: ['time', 'moon'] })).toBe('VARIATION.UNKNOWN');
    expect(code({ profile: 'full', without: ['-time'] })).toBe('VARIATION.UNKNOWN');
    expect(code({ profile: 'constructor' })).toBe('VARIATION.UNKNOWN_PROFILE');
  });

  it('grows from profile to profile', () => {
    for (const [less, more] of [['quick', 'standard'], ['standard', 'full']] as const) expect(PROFILES[more]).toEqual(expect.arrayContaining([...PROFILES[less]!]));
  });
});

describe('a deviation', () => {
  const deviations = [{ rule: variationRule('build-path'), reason: 'Debug information names it' }, { rule: 'unused-option', reason: 'Another matter' }];

  it('excuses a file all of whose causes it names', () => {
    expect(excusedBy({ path: 'a', causes: [['build-path']] }, deviations)).toEqual(['Debug information names it']);
    expect(excusedBy({ path: 'a', causes: [['build-path', 'time']] }, deviations)).toEqual(['Debug information names it']);
  });

  it('excuses no other cause, and nothing that differs by itself', () => {
    expect(excusedBy({ path: 'a', causes: [['build-path'], ['time']] }, deviations)).toBeUndefined();
    expect(excusedBy({ path: 'a', causes: [[]] }, deviations)).toBeUndefined();
    expect(excusedBy({ path: 'a', causes: [] }, deviations)).toBeUndefined();
  });
});

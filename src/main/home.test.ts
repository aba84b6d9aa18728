import { join } from 'node:path';

import { homeDirectory } from './home.mjs';

describe('the home', () => {
  const { env } = process;
  beforeEach(() => { process.env = { ...env }; });
  afterEach(() => { process.env = env; });

  it('is where it is said, whatever directory a server is started in', () => {
    process.env['PROVENROOT_HOME'] = '/srv/provenroot';
    expect(homeDirectory()).toBe('/srv/provenroot');
    process.env['PROVENROOT_HOME'] = 'here';
    expect(homeDirectory()).toBe(join(process.cwd(), 'here'));
  });

  it('is the usual one where the variable is set to nothing', () => {
    delete process.env['PROVENROOT_HOME'];
    const usual = homeDirectory();
    process.env['PROVENROOT_HOME'] = '';
    expect([homeDirectory(), usual.endsWith('provenroot')]).toEqual([usual, true]);
  });
});

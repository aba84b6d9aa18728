import { parseDefinition, wantedPackages } from './definition.ts';

const good = { format: 1, suite: 'bookworm', component: 'main', architecture: 'amd64', packages: { shells: ['dash', 'bash'], again: ['bash', 'g++-12'] } };
const parsed = (change: object): (() => unknown) => () => parseDefinition(JSON.stringify({ ...good, ...change }), 'def.json');

describe('a definition', () => {
  it('asks for each package once, in an order of its own', () => {
    expect(wantedPackages(parseDefinition(JSON.stringify(good), 'x'))).toEqual(['bash', 'dash', 'g++-12']);
  });

  it.each([
    ['a package name that apt would take for an option', { packages: { a: ['--allow-unauthenticated'] } }],
    ['a package name with a version or architecture', { packages: { a: ['gcc=12'] } }],
    ['packages that are no list', { packages: { a: 'bash' } }],
    ['another component', { component: 'non-free' }],
    ['another architecture', { architecture: 'arm64' }],
    ['a suite that breaks a line', { suite: 'bookworm\ndeb x' }],
    ['a key that nobody knows', { package: {} }],
  ])('with %s is refused', (_what, change) => {
    expect(parsed(change)).toThrow(expect.objectContaining({ code: 'SANDBOX.BAD_DEFINITION', place: 'def.json' }));
  });
});

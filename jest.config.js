// Three suites by what they need: unit (nothing), contracts (the real Docker, Postgres, Redis), e2e (all doors).
const shared = {
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' }, experimental: { keepImportAttributes: true } }, module: { type: 'es6' } }] },
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironment: 'node',
  moduleNameMapper: { '^fast-check$': '<rootDir>/tests/support/seeded-properties.js' },
  modulePathIgnorePatterns: ['<rootDir>/node_modules/'],
};
const suite = (displayName, testMatch) => ({ ...shared, displayName, testMatch });
export default {
  // Hooks build and boot things; a loaded machine needs many times what an idle one does. No test is about time.
  testTimeout: 600_000,
  reporters: ['default', '<rootDir>/tests/support/closing-line-reporter.js'],
  projects: [
    suite('unit', ['<rootDir>/src/**/*.test.ts', '<rootDir>/tests/{support,catalog,golden,repo,lint}/**/*.test.ts']),
    suite('contracts', ['<rootDir>/tests/contracts/**/*.test.ts']),
    suite('e2e', ['<rootDir>/tests/e2e/**/*.test.ts']),
  ],
};

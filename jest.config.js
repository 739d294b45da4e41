/** @type {import('jest').Config} */
module.exports = {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/\\.slipway/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  // Tests must not depend on their order.
  randomize: true,
  testEnvironment: '<rootDir>/dev/test-environment.cjs',
  runtime: '<rootDir>/dev/test-runtime.cjs',
  testSequencer: '<rootDir>/dev/test-sequencer.cjs',
  // Tests mostly wait: with one worker per core, a third of the processors' time was idle.
  maxWorkers: 3,
  // Tests start real containers, on cores that they share with other test files.
  testTimeout: 120_000,
};

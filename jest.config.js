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
  testSequencer: '<rootDir>/dev/test-sequencer.cjs',
  maxWorkers: 2,
  // Tests start real containers, on two cores that they share with other test files.
  testTimeout: 120_000,
};

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
  // Order must not matter.
  randomize: true,
  testSequencer: '<rootDir>/dev/test-sequencer.cjs',
  maxWorkers: 2,
  // Real containers, on two cores that other files use too.
  testTimeout: 120_000,
};

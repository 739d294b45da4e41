const { createRequire, isBuiltin } = require('node:module');
const { compileFunction } = require('node:vm');
const { default: Runtime } = require('jest-runtime');

/** What Jest passes to a module, in this order. */
const parameters = ['module', 'exports', 'require', '__dirname', '__filename', 'jest'];

const isPackage = (name) => !/^[./]/.test(name) && !isBuiltin(name);
/** Packages that Jest loads for each test file. */
const isJests = (name) => /^(@jest\/|jest\b|expect$)/.test(name);

/**
 * Loads packages once for each process, and the project's modules once for each test file. Jest's own runtime loads
 * packages for each file, too, which then run unoptimised: a third of the processor time of a file that starts a
 * Slipway.
 */
module.exports = class extends Runtime {
  constructor(...settings) {
    super(...settings);
    // In the globals of `test-environment.cjs`, and not in a context of the file.
    this.executor.compile = (source, filename) => compileFunction(source, parameters, { filename });
  }

  requireModuleOrMock(from, name) {
    if (!isPackage(name) || isJests(name) || from.includes('/node_modules/')) {
      return super.requireModuleOrMock(from, name);
    }
    return createRequire(from)(name);
  }
};

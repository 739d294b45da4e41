const { TestEnvironment } = require('jest-environment-node');

const before = new Set(Reflect.ownKeys(globalThis));

/**
 * Runs test files among the globals of their process, so that `instanceof` holds between the project's modules and
 * packages, which `test-runtime.cjs` loads once for each process.
 */
module.exports = class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    this.global = globalThis;
    const { moduleMocker, fakeTimersModern } = this;
    this.moduleMocker = new moduleMocker.constructor(globalThis);
    this.fakeTimersModern = new fakeTimersModern.constructor({ config: config.projectConfig, global: globalThis });
    // Under symbols, Jest has left its handlers and the timeout of the file before. Its matchers cannot be deleted, and
    // are replaced for each file.
    for (const key of Reflect.ownKeys(globalThis)) {
      if (typeof key === 'symbol' && !before.has(key)) Reflect.deleteProperty(globalThis, key);
    }
    // Replaced by Jest for each file.
    this.replaced = { console, exit: process.exit };
    this.variables = { ...process.env };
    Error.stackTraceLimit = 100;
  }

  async teardown() {
    await super.teardown();
    globalThis.console = this.replaced.console;
    process.exit = this.replaced.exit;
    for (const name of Object.keys(process.env)) if (!(name in this.variables)) delete process.env[name];
    Object.assign(process.env, this.variables);
  }
};

#!/usr/bin/env node
// The first thing of every command: plain Node without any dependency. It brings node_modules to what the lock file
// says and generates the store's client, then hands over to the command itself.
const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const { existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const [command, ...args] = process.argv.slice(2);

requireNode();
ensureDependencies();
ensureStoreClient();
const run = spawnSync(process.execPath, ['--import', 'tsx', path.join(__dirname, `${command}.ts`), ...args], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(run.status ?? 1);

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(`Node ${process.versions.node} is too old`, 'install Node 20.19 or later');
}

function ensureDependencies() {
  const lock = path.join(root, 'package-lock.json');
  const stamp = path.join(root, 'node_modules', '.slipway-lock');
  if (isFresh(stamp, digestOf(lock))) return;
  stage('install dependencies', 'npm', ['ci', '--no-audit', '--no-fund'], {});
  writeFileSync(stamp, digestOf(lock));
}

function ensureStoreClient() {
  const schema = path.join(root, 'store', 'prisma', 'schema.prisma');
  const stamp = path.join(root, 'store', 'generated', '.schema');
  if (isFresh(stamp, digestOf(schema))) return;
  // Generating needs no schema engine, but Prisma would download one unless it is told of a file that exists.
  const env = { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' };
  const prisma = path.join(root, 'node_modules', 'prisma', 'build', 'index.js');
  stage('generate the store client', process.execPath, [prisma, 'generate', '--schema', schema], env);
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, digestOf(schema));
}

function isFresh(stamp, digest) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === digest;
}

function digestOf(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

function stage(name, program, programArgs, env) {
  const started = Date.now();
  const result = spawnSync(program, programArgs, { cwd: root, encoding: 'utf8', env: { ...process.env, ...env } });
  if (result.status !== 0) fail(`could not ${name}`, `run it by hand: ${program} ${programArgs.join(' ')}`, result);
  process.stderr.write(`✓ ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)\n`);
}

function fail(what, next, result) {
  const output = result === undefined ? '' : `\n${result.error ?? ''}${result.stdout ?? ''}${result.stderr ?? ''}`;
  process.stderr.write(`✗ ${what}${output}\n  next: ${next}\n`);
  process.exit(1);
}

#!/usr/bin/env node
// The first thing of every command: plain Node without any dependency. It brings node_modules to what the lock file
// says and generates the store's client, then becomes the command: one process, so that a signal reaches all there is.
const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const { existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { isInstalled, isSupportedNode } = require('./machine/dependencies.cjs');

const root = path.join(__dirname, '..');
const modules = path.join(root, 'node_modules');
const commands = Object.keys(readJson(path.join(root, 'package.json')).scripts);
const [command, ...args] = process.argv.slice(2);

requireNode();
requireCommand();
process.chdir(root);
dropEmptyVariables();
ensureDependencies();
ensureStoreClient();
become(path.join(__dirname, `${command}.ts`));

function requireNode() {
  if (isSupportedNode(process.versions.node)) return;
  fail(
    `Node ${process.versions.node} is not supported`,
    'install Node 20.19 or later of 20, 22.13 or later of 22, or 24',
  );
}

function requireCommand() {
  if (commands.includes(command)) return;
  fail(`there is no command ${command ?? ''}`, `node dev/bootstrap.cjs ${commands.join(' | ')}`);
}

/** A variable that is empty is one that is not set, as in config/config.ts. */
function dropEmptyVariables() {
  for (const [name, value] of Object.entries(process.env)) {
    if (value === '') delete process.env[name];
  }
}

function ensureDependencies() {
  const installed = path.join(modules, '.package-lock.json');
  const lock = readJson(path.join(root, 'package-lock.json'));
  if (isInstalled(lock, existsSync(installed) ? readJson(installed) : null)) return;
  stage('install dependencies', 'npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], {});
}

function ensureStoreClient() {
  const schema = path.join(root, 'prisma', 'schema.prisma');
  const stamp = path.join(root, 'store', 'generated', '.schema');
  const { version } = readJson(path.join(modules, 'prisma', 'package.json'));
  const digest = createHash('sha256').update(version).update(readFileSync(schema)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  // Generating needs no schema engine, but Prisma would download one unless it is told of a file that exists.
  const env = { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' };
  const prisma = path.join(modules, 'prisma', 'build', 'index.js');
  stage('generate the store client', process.execPath, [prisma, 'generate', '--schema', schema], env);
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, digest);
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function stage(name, program, programArgs, env) {
  const started = Date.now();
  const result = spawnSync(program, programArgs, { encoding: 'utf8', env: { ...process.env, ...env } });
  if (result.status !== 0) fail(`could not ${name}`, `run it by hand: ${program} ${programArgs.join(' ')}`, result);
  process.stderr.write(`✓ ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)\n`);
}

function fail(what, next, result) {
  const output = result === undefined ? '' : `\n${result.error ?? ''}${result.stdout ?? ''}${result.stderr ?? ''}`;
  process.stderr.write(`✗ ${what}${output}\n  next: ${next}\n`);
  process.exit(1);
}

function become(file) {
  process.argv = [process.execPath, file, ...args];
  require('tsx/cjs');
  require(file);
}

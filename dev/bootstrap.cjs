#!/usr/bin/env node
// The first thing of every command: plain Node without any dependency. It brings node_modules to what the lock file
// says and generates the store's client, then becomes the command: one process, so that a signal reaches all there is.
const { spawn } = require('node:child_process');
const { createHash } = require('node:crypto');
const { existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { canInstall, dockerPackages, installPackages } = require('./machine/debian.cjs');
const { isInstalled, isSupportedNode } = require('./machine/dependencies.cjs');

const root = path.join(__dirname, '..');
const modules = path.join(root, 'node_modules');
const commands = Object.keys(readJson(path.join(root, 'package.json')).scripts);
const [command, ...args] = process.argv.slice(2);

/** The commands that run containers. */
const needDocker = ['quickstart', 'test', 'dev', 'try'];

void main();

async function main() {
  requireNode();
  requireCommand();
  process.chdir(root);
  dropEmptyVariables();
  await ensureDependencies();
  await ensureStoreClient();
  become(path.join(__dirname, `${command}.ts`));
}

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

/** On a bare machine Debian's packages of Docker are installed meanwhile: they take about as long. */
async function ensureDependencies() {
  const installed = path.join(modules, '.package-lock.json');
  const lock = readJson(path.join(root, 'package-lock.json'));
  if (isInstalled(lock, existsSync(installed) ? readJson(installed) : null)) return;
  // Without Docker the command says later what to do.
  const docker = lacksDocker() ? stage('install Docker', () => installPackages(dockerPackages)).catch(() => {}) : null;
  await stage('install dependencies', () => run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund']));
  await docker;
}

function lacksDocker() {
  if (!needDocker.includes(command) || process.env.DOCKER_HOST !== undefined || !canInstall()) return false;
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  return !existsSync('/var/run/docker.sock') && !folders.some((folder) => existsSync(path.join(folder, 'dockerd')));
}

async function ensureStoreClient() {
  const schema = path.join(root, 'prisma', 'schema.prisma');
  const stamp = path.join(root, 'store', 'generated', '.schema');
  const { version } = readJson(path.join(modules, 'prisma', 'package.json'));
  const digest = createHash('sha256').update(version).update(readFileSync(schema)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  // Generating needs no schema engine, but Prisma would download one unless it is told of a file that exists.
  const env = { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' };
  const prisma = path.join(modules, 'prisma', 'build', 'index.js');
  const generate = [prisma, 'generate', '--schema', schema];
  await stage('generate the store client', () => run(process.execPath, generate, env));
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, digest);
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

async function stage(name, work) {
  const started = Date.now();
  process.stderr.write(`… ${name}\n`);
  await work();
  process.stderr.write(`✓ ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)\n`);
}

/** Runs a program to its end, or ends this process with what it wrote. */
function run(program, programArgs, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, programArgs, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk) => {
      output += chunk;
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const refuse = (reason) => fail(`${reason}\n${output}`, `run it by hand: ${program} ${programArgs.join(' ')}`);
    child.on('error', (error) => refuse(error.message));
    child.on('close', (code, signal) => (code === 0 ? resolve() : refuse(`${program} ended with ${signal ?? code}`)));
  });
}

function fail(what, next) {
  process.stderr.write(`✗ ${what}\n  next: ${next}\n`);
  process.exit(1);
}

function become(file) {
  process.argv = [process.execPath, file, ...args];
  require('tsx/cjs');
  require(file);
}

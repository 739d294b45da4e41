// Without any dependency: the bootstrap installs what is missing while npm works.
const { spawn } = require('node:child_process');
const { readFileSync } = require('node:fs');

/** What a Docker daemon needs, by the names of Debian's packages. */
const dockerPackages = ['docker.io', 'iptables'];

/** Whether packages can be installed here: as root on Debian or Ubuntu. */
function canInstall() {
  return process.getuid?.() === 0 && isDebian();
}

function isDebian() {
  try {
    return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    // No such file: some other system.
    return false;
  }
}

/** Installs packages. Rejects with the end of apt-get's output. */
async function installPackages(packages) {
  const install = () => aptGet('install', '-q', '-y', '--no-install-recommends', ...packages);
  // A machine that has no package lists yet, or whose lists are out of date, finds nothing at first.
  await install().catch(async () => {
    await aptGet('update', '-q');
    await install();
  });
}

function aptGet(...args) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    // Not for a Ctrl-C to reach: packages whose installation is interrupted have to be repaired by hand.
    const child = spawn('apt-get', args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output = (output + chunk).slice(-4000);
      });
    }
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`apt-get ${args[0]}:\n${output}`))));
  });
}

module.exports = { canInstall, dockerPackages, installPackages, isDebian };

// Without dependencies: the bootstrap installs missing packages while npm is still working.
const { spawn } = require('node:child_process');
const { readFileSync } = require('node:fs');

/** Debian's packages for a Docker daemon. */
const dockerPackages = ['docker.io', 'iptables'];

/** Whether packages can be installed here: as root on Debian or Ubuntu. */
function canInstall() {
  return process.getuid?.() === 0 && isDebian();
}

function isDebian() {
  try {
    return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    // No such file: another system.
    return false;
  }
}

/** Installs packages. Rejects with the end of apt-get's output. */
async function installPackages(packages) {
  const install = () => aptGet('install', '-q', '-y', '--no-install-recommends', ...packages);
  // Fails at first if the machine has no package lists yet, or outdated ones.
  await install().catch(async () => {
    await aptGet('update', '-q');
    await install();
  });
}

function aptGet(...args) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    // Out of reach of Ctrl-C: packages whose installation is interrupted have to be repaired by hand.
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

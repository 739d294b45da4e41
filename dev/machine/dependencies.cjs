// The bootstrap's decisions, without dependencies or I/O.

/** Whether `engines` of package.json allows this version: require() of ES modules came with 20.19 and 22.13. */
function isSupportedNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return (major === 20 && minor >= 19) || (major === 22 && minor >= 13) || major >= 24;
}

/**
 * Whether the packages that npm has installed (`node_modules/.package-lock.json`) match `package-lock.json`. A missing
 * optional package is one for another platform.
 */
function isInstalled(lock, installed) {
  if (installed === null) return false;
  const { '': _root, ...wanted } = lock.packages;
  const extra = Object.keys(installed.packages).some((name) => wanted[name] === undefined);
  return !extra && Object.entries(wanted).every(([name, entry]) => isSame(entry, installed.packages[name]));
}

function isSame(wanted, found) {
  if (found === undefined) return wanted.optional === true || wanted.devOptional === true;
  return found.version === wanted.version && found.integrity === wanted.integrity;
}

module.exports = { isSupportedNode, isInstalled };

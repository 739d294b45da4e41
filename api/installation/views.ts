import { standings } from '../../domain/planning/restored';
import type { Comparison } from '../../store/installation/differences';
import type { InstallationRecord } from '../../store/installation/hold';

export function installationView(installation: InstallationRecord, comparison: Comparison | null): object {
  return { ...installation, comparison: comparison === null ? null : comparisonView(comparison) };
}

function comparisonView({ databases, hostsNotCompared }: Comparison): object {
  const counts = standings.map((standing) => [standing, databases.filter((one) => one.standing === standing).length]);
  return {
    databases: Object.fromEntries(counts),
    hostsNotCompared,
    differences: databases.filter(({ standing }) => standing !== 'same'),
  };
}

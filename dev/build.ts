import { buildDist } from './dist';
import { runCommand, stage } from './stages';

runCommand(() => stage('build dist/', buildDist));

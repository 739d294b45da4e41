import { buildDist } from './build/dist';
import { runCommand, stage } from './machine/stages';

runCommand(() => stage('build dist/', buildDist));

import { type Commands, runCommands } from '../process/command';
import { audit } from './audit';
import { hosts } from './hosts';
import { keys } from './keys';
import { secrets } from './secrets';
import { store } from './store';

/** The operator's commands. Each needs the store, but no API or worker. */
const commands: Commands = { keys, audit, secrets, hosts, store };

void runCommands(commands, process.argv.slice(2));

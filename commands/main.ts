import { type Commands, runCommands } from '../process/command';
import { audit } from './audit';
import { hosts } from './hosts';
import { keys } from './keys';
import { secrets } from './secrets';

/** The operator's commands. Each needs the store, but no API or worker. */
const commands: Commands = { keys, audit, secrets, hosts };

void runCommands(commands, process.argv.slice(2));

import { type Commands, runCommands } from '../process/command';
import { audit } from './audit';
import { keys } from './keys';
import { secrets } from './secrets';

/** The commands of an operator. Each needs the store, and no API or worker. */
const commands: Commands = { keys, audit, secrets };

void runCommands(commands, process.argv.slice(2));

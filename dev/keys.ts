// The command as it is in production, where it is `node dist/commands/keys.js`.
import '../commands/keys';

// The command as it is in production, where it is `node dist/commands/audit.js`.
import '../commands/audit';

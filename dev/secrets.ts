// The command as it is in production, where it is `node dist/commands/secrets.js`.
import '../commands/secrets';

// The command as it is in production, where it is `node dist/audit.js`.
import '../audit';

// The command as it is in production, where it is `node dist/keys.js`.
import '../keys';

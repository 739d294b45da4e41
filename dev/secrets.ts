// The command as it is in production, where it is `node dist/secrets.js`.
import '../secrets';

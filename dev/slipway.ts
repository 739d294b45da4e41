// The operators' commands as they are in production, where they are `node dist/commands/main.js`.
import '../commands/main';

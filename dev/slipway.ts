// The operators' commands; in production they are `node dist/commands/main.js`.
import '../commands/main';

export { createAgentSockets } from './agent-socket.js';

// This is `npm start`, which leads from a fresh clone to a running Hindsight.
import { checkNode } from './setup/check-node.mjs';

checkNode();
const { startHindsight } = await import('./start/start-hindsight.mjs');
await startHindsight();

// `npm test [-- tier …]`: sets up what is missing, runs every tier and counts each test.
import { checkNode } from './setup/check-node.mjs';

checkNode();
const { testHindsight } = await import('./test-hindsight.mjs');
process.exitCode = await testHindsight(process.argv.slice(2));

import { availableParallelism, loadavg } from 'node:os';

/** What is allowed on a machine with time to spare, and on one that draws, encodes and answers late; prints which it is. */
export function allowance(calm: number, overloaded: number): number {
  const [load = 0] = loadavg();
  console.log(`load ${load.toFixed(1)}`);
  return load > 2 * availableParallelism() ? overloaded : calm;
}

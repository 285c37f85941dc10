import { availableParallelism, loadavg } from 'node:os';

/**
 * Returns the first limit on a machine with time to spare, and the second on an overloaded one. Prints the load that decided.
 */
export function allowance(calm: number, overloaded: number): number {
  const [load = 0] = loadavg();
  console.log(`load ${load.toFixed(1)}`);
  return load > 2 * availableParallelism() ? overloaded : calm;
}

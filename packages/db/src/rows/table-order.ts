/** A reference is a foreign key from one table to another, or to itself. */
export interface Reference {
  from: string;
  column: string;
  to: string;
}

/**
 * Returns the tables so that each comes after all tables that it refers to. References to itself don't count.
 * @throws RangeError when tables refer to each other in a circle
 */
export function inOrderOfReferences(tables: readonly string[], references: readonly Reference[]): string[] {
  const ordered: string[] = [];
  let waiting = [...tables].toSorted();
  while (waiting.length > 0) {
    const isFree = (table: string) =>
      references.every(({ from, to }) => from !== table || to === table || ordered.includes(to));
    const free = waiting.filter(isFree);
    if (free.length === 0) throw new RangeError(`${waiting.join(', ')} refer to each other in a circle`);
    ordered.push(...free);
    waiting = waiting.filter((table) => !free.includes(table));
  }
  return ordered;
}

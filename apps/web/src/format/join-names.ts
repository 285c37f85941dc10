/** Joins names as a sentence does: "Ada", "Ada and Bo", "Ada, Bo and Cleo". */
export function joinNames(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  const others = names.slice(0, -1);
  return others.length === 0 ? last : `${others.join(', ')} and ${last}`;
}

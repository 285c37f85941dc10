import type { MakeLink } from '../hard-links.ts';

/** Returns the `link` of a file system that has no hard links. */
export function noLinks(code: string): MakeLink {
  return () => Promise.reject(Object.assign(new Error(`${code}: link`), { code }));
}

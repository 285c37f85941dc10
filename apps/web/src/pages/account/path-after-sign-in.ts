/**
 * Returns where a person wanted to go before they had to sign in. Only our own paths count, never an address from a
 * link.
 */
export function pathAfterSignIn(state: unknown): string {
  const from: unknown = typeof state === 'object' && state !== null ? Reflect.get(state, 'from') : undefined;
  return typeof from === 'string' && /^\/(?![/\\])/.test(from) ? from : '/';
}

import { DAY } from '@hindsight/shared/units';
import { z } from 'zod';
import { createSignedTokens } from './signed-tokens.ts';

/** A sign-in lasts this long. */
export const SESSION_LIFETIME_MS = 30 * DAY;

const claimsSchema = z.object({ sub: z.uuid(), ver: z.number().int() });

export interface SessionClaims {
  userId: string;
  /** The version must equal the account's; raising the account's version revokes all its tokens. */
  tokenVersion: number;
}

export type SessionTokens = ReturnType<typeof createSessionTokens>;

/** Signs and verifies the tokens that say who is signed in. */
export function createSessionTokens({ secret }: { secret: string }) {
  const tokens = createSignedTokens({
    secret,
    audience: 'hindsight-session',
    lifetimeMs: SESSION_LIFETIME_MS,
    claims: claimsSchema,
  });
  return {
    mint: ({ userId, tokenVersion }: SessionClaims, nowMs?: number): Promise<string> =>
      tokens.mint({ sub: userId, ver: tokenVersion }, nowMs),

    /** Verifies a token and returns its claims; null for anything that isn't an unexpired token of this server. */
    async verify(token: string): Promise<SessionClaims | null> {
      const claims = await tokens.verify(token);
      return claims === null ? null : { userId: claims.sub, tokenVersion: claims.ver };
    },
  };
}

import { DAY, SECOND } from '@hindsight/shared/units';
import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';

/** A sign-in lasts this long. */
export const SESSION_LIFETIME_MS = 30 * DAY;

const ALGORITHM = 'HS256';
const AUDIENCE = 'hindsight-session';

const claimsSchema = z.object({ sub: z.uuid(), ver: z.number().int() });

export interface SessionClaims {
  userId: string;
  /** The version must equal the account's; raising the account's version revokes all its tokens. */
  tokenVersion: number;
}

export type SessionTokens = ReturnType<typeof createSessionTokens>;

/** Signs and verifies the tokens (JWT, HS256) that say who is signed in. */
export function createSessionTokens({ secret }: { secret: string }) {
  const key = new TextEncoder().encode(secret);
  return {
    mint({ userId, tokenVersion }: SessionClaims, nowMs = Date.now()): Promise<string> {
      const nowSeconds = Math.floor(nowMs / SECOND);
      return new SignJWT({ ver: tokenVersion })
        .setProtectedHeader({ alg: ALGORITHM })
        .setSubject(userId)
        .setAudience(AUDIENCE)
        .setIssuedAt(nowSeconds)
        .setExpirationTime(nowSeconds + SESSION_LIFETIME_MS / SECOND)
        .sign(key);
    },

    /** Verifies a token and returns its claims; null for anything that isn't an unexpired token of this server. */
    async verify(token: string): Promise<SessionClaims | null> {
      try {
        const { payload } = await jwtVerify(token, key, { algorithms: [ALGORITHM], audience: AUDIENCE });
        const claims = claimsSchema.safeParse(payload);
        return claims.success ? { userId: claims.data.sub, tokenVersion: claims.data.ver } : null;
      } catch (error) {
        if (error instanceof errors.JOSEError) return null;
        throw error;
      }
    },
  };
}

import { SECOND } from '@hindsight/shared/units';
import { errors, jwtVerify, SignJWT } from 'jose';
import type { z } from 'zod';

const ALGORITHM = 'HS256';

/**
 * Signs and verifies tokens of one kind (JWT, HS256) that this server gives out.
 * @param options `audience` tells the kinds apart; `claims` is what a token of this kind says
 */
export function createSignedTokens<Claims extends z.ZodObject>({
  secret,
  audience,
  lifetimeMs,
  claims,
}: {
  secret: string;
  audience: string;
  lifetimeMs: number;
  claims: Claims;
}) {
  const key = new TextEncoder().encode(secret);
  return {
    mint(says: z.infer<Claims>, nowMs = Date.now()): Promise<string> {
      const nowSeconds = Math.floor(nowMs / SECOND);
      return new SignJWT(says)
        .setProtectedHeader({ alg: ALGORITHM })
        .setAudience(audience)
        .setIssuedAt(nowSeconds)
        .setExpirationTime(nowSeconds + lifetimeMs / SECOND)
        .sign(key);
    },

    /** Verifies a token and returns its claims; null for anything that isn't an unexpired token of this server and kind. */
    async verify(token: string): Promise<z.infer<Claims> | null> {
      try {
        const { payload } = await jwtVerify(token, key, { algorithms: [ALGORITHM], audience });
        return claims.safeParse(payload).data ?? null;
      } catch (error) {
        if (error instanceof errors.JOSEError) return null;
        throw error;
      }
    },
  };
}

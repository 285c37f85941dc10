import { DAY } from '@hindsight/shared/units';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { createSessionTokens } from './session-tokens.ts';

const SECRET = 'x'.repeat(32);
const CLAIMS = { userId: '0199e7a0-0000-7000-8000-000000000001', tokenVersion: 3 };
const tokens = createSessionTokens({ secret: SECRET });

describe('session tokens', () => {
  it('return the claims that they were made with', async () => {
    expect(await tokens.verify(await tokens.mint(CLAIMS))).toEqual(CLAIMS);
  });

  it('expire after 30 days', async () => {
    expect(await tokens.verify(await tokens.mint(CLAIMS, Date.now() - 29 * DAY))).toEqual(CLAIMS);
    expect(await tokens.verify(await tokens.mint(CLAIMS, Date.now() - 31 * DAY))).toBeNull();
  });

  it.each(['', 'garbage', 'a.b.c', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.'])('refuse %j', async (token) => {
    expect(await tokens.verify(token)).toBeNull();
  });

  it('refuse the signature of another server, or for another purpose', async () => {
    const other = createSessionTokens({ secret: 'y'.repeat(32) });
    expect(await tokens.verify(await other.mint(CLAIMS))).toBeNull();
    const livekitLike = await new SignJWT({ ver: 3 })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(CLAIMS.userId)
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(SECRET));
    expect(await tokens.verify(livekitLike)).toBeNull();
  });

  it('refuse a changed token', async () => {
    const [header, payload = '', signature] = (await tokens.mint(CLAIMS)).split('.');
    const claims = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), ver: 4 };
    const forged = [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
    expect(await tokens.verify(forged)).toBeNull();
  });
});

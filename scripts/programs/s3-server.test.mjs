import { describe, expect, it } from 'vitest';
import { s3ServerCachePath, VERSITYGW_VERSION } from './s3-server.mjs';

describe('the built S3 server', () => {
  it('is kept outside the clone, by its version', () => {
    expect(s3ServerCachePath({ platform: 'linux', env: {}, home: '/home/ada' })).toBe(
      `/home/ada/.cache/hindsight/versitygw-v${VERSITYGW_VERSION}/versitygw`,
    );
  });
});

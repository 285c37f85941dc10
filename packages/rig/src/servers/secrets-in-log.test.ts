import { expect, it } from 'vitest';
import { findSecrets } from './secrets-in-log.ts';

const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl';

it.each([
  ['a JSON Web Token', `{"err":{"message":"401 ${TOKEN}"}}`],
  ['a session cookie', '{"headers":{"cookie":"a=b; hindsight_session=xyz"}}'],
  ['a session cookie', '{"headers":{"cookie":"hindsight_device=xyz"}}'],
  ['a token in a URL', '{"url":"/rtc?auto_subscribe=0&access_token=xyz"}'],
  ['a public link or an invite', '{"path":"/api/links/xyzxyzxyz/video"}'],
  ['an Authorization header', '{"authorization":"Bearer 0123456789abcdef"}'],
  ['a key for other programs', `{"msg":"no such key: hs_${'k'.repeat(43)}"}`],
  ['a hash of a password', '{"passwordHash":"$argon2id$v=19$m=1"}'],
  ['the password', '{"input":{"password":"correct horse"}}'],
])('finds %s without repeating it in the result', (what, line) => {
  const found = findSecrets(`{"msg":"fine"}\n${line}\n`, { 'the password': 'correct horse' });
  expect(found).toEqual([expect.stringMatching(new RegExp(`^${what}: .*…$`))]);
  expect(found.join('')).not.toMatch(/correct horse|eyJ|xyz|kkk|0123456789abcdef|\$argon2/);
});

it('accepts ids, paths and redacted values', () => {
  const line = `{"requestId":"0199e7a0-0000-7000-8000-00000000dead","req":{"path":"/rtc"},"cookie":"[redacted]"}`;
  expect(findSecrets(line, { 'the password': 'correct horse', unknown: '' })).toEqual([]);
  const stack = '{"err":{"stack":"at open (file:///app/src/links/link-stream.route.ts:98:26)"}}';
  expect(findSecrets(stack, {})).toEqual([]);
});

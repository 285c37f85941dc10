// This program has schemathesis try every endpoint of the REST API on a whole server: each answer must be one that the OpenAPI document
// names, with a body of its schema. Schemathesis is a program of its own (`pip install schemathesis`); SCHEMATHESIS is its path.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openBufferedPeople } from '@hindsight/server/testing/buffered-people';
import { addShare, tokenOf } from '@hindsight/server/testing/sharing-people';

const PROGRAM = process.env['SCHEMATHESIS'] ?? 'schemathesis';
const EXAMPLES = process.env['EXAMPLES'] ?? '200';
const CHECKS = [
  'not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance',
  'response_schema_conformance,ignored_auth,negative_data_rejection',
].join(',');
const people = await openBufferedPeople({ DATABASE_URL: '', LOG_LEVEL: 'error' });
try {
  const { admin, origin } = people;
  const sessionId = await addShare(people, admin);
  // Full disks and quotas, and programs that are away, have statuses above 500 and are no faults.
  const config = `[checks]
not_a_server_error.expected-statuses = ["2xx", "4xx", 503, 507]
[parameters]
roomName = "${people.channelId}"
sessionId = "${sessionId}"
[[operations]]
include-path = "/livekit-replay/admin/community/{id}/config"
parameters = { id = "${people.communityId}" }
[[operations]]
include-path = "/livekit-replay/admin/users/{id}/quota"
parameters = { id = "${admin.user.id}" }
`;
  const token = await tokenOf(people, admin);
  const configPath = join(people.dataDir, 'schemathesis.toml');
  await writeFile(configPath, config);
  const program = spawn(
    PROGRAM,
    [
      ...['--config-file', configPath, 'run', `${origin}/livekit-replay/openapi.json`],
      ...['--header', `Authorization: Bearer ${token}`, '--checks', CHECKS, '--max-examples', EXAMPLES],
      // The server takes 3,000 requests a minute from one address.
      ...['--rate-limit', '2500/m', '--continue-on-failure', '--no-color', '--seed', '1'],
    ],
    { stdio: 'inherit', cwd: people.dataDir },
  );
  const [code] = (await once(program, 'close')) as [number | null];
  process.exitCode = code ?? 1;
} finally {
  await people.remove();
}

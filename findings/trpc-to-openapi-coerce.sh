#!/usr/bin/env bash
# trpc-to-openapi 3.3.0 (npm; serves tRPC procedures as REST), with @trpc/server 11.19.0 and zod 4.6.7: its first request changes
# the input schema that the application gave its procedure. It sets `coerce` on each number, boolean and date in it, also for
# requests with a JSON body, and for good. Schemas are usually shared, so from then on tRPC itself and whoever else validates with
# them takes "5" for 5.
#
# Expected: a schema that refuses { seconds: "5" } refuses it before and after a request to the REST endpoint.
# Seen: it accepts it after the first request, whatever that request contained.
#
# The script installs the packages in a temporary folder, sends one request, and fails if what it sees changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts \
  trpc-to-openapi@3.3.0 zod-openapi@5.4.6 @trpc/server@11.19.0 zod@4.6.7 fastify@5.12.8

cat >run.mjs <<'JS'
import { initTRPC } from '@trpc/server';
import Fastify from 'fastify';
import { fastifyTRPCOpenApiPlugin } from 'trpc-to-openapi';
import { z } from 'zod';

const t = initTRPC.meta().create();
const input = z.object({ seconds: z.number() });
const router = t.router({
  press: t.procedure
    .meta({ openapi: { method: 'POST', path: '/press' } })
    .input(input)
    .output(z.object({ seconds: z.number() }))
    .mutation(({ input: { seconds } }) => ({ seconds })),
});
const app = Fastify();
await app.register(fastifyTRPCOpenApiPlugin, { basePath: '/rest', router });
const say = (when) => console.log(`${when}: "5" ${input.safeParse({ seconds: '5' }).success ? 'passes' : 'is refused'}`);

say('before the first request');
await app.inject({ method: 'POST', url: '/rest/press', payload: { seconds: 7 } });
say('after it');
JS
node run.mjs | tee seen

cat >expected <<'TEXT'
before the first request: "5" is refused
after it: "5" passes
TEXT
diff expected seen && echo "as described"

import { createConfig, lintFromString } from '@redocly/openapi-core';
import Fastify from 'fastify';
import type { PrismaClient } from '@hindsight/db/client';
import { expect, it } from 'vitest';
import { serveRest } from './rest.plugin.ts';

/** Serves the endpoints without anybody behind them. */
async function openDocument() {
  const app = Fastify();
  await serveRest(app, {
    // Nobody is signed in, so neither of these is ever asked.
    db: {} as PrismaClient,
    api: () => {
      throw new Error('nobody is signed in');
    },
    identify: () => Promise.resolve(null),
    publicUrl: 'https://hindsight.example',
  });
  const { body } = await app.inject('/livekit-replay/openapi.json');
  await app.close();
  return body;
}

it('is OpenAPI 3.1 that a linter finds nothing wrong with', async () => {
  const source = await openDocument();
  expect(JSON.parse(source)).toMatchObject({ openapi: '3.1.0' });
  const config = await createConfig({ extends: ['recommended-strict'] });
  const problems = await lintFromString({ source, absoluteRef: 'openapi.json', config });
  expect(problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual(
    [],
  );
});

it('has the ten endpoints that were first specified, those to press, those of joins and exports, and no others', async () => {
  const { paths } = JSON.parse(await openDocument()) as { paths: Record<string, object> };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(operations.toSorted()).toEqual(
    [
      'POST /livekit-replay/start',
      'POST /livekit-replay/stop/{sessionId}',
      'POST /livekit-replay/capture',
      'GET /livekit-replay/status/{roomName}',
      'GET /livekit-replay/my-clips',
      'DELETE /livekit-replay/clips/{id}',
      'GET /livekit-replay/admin/community/{id}/config',
      'PATCH /livekit-replay/admin/community/{id}/config',
      'GET /livekit-replay/admin/users/{id}/quota',
      'PATCH /livekit-replay/admin/users/{id}/quota',
      'POST /livekit-replay/press',
      'POST /livekit-replay/mark',
      'GET /livekit-replay/buffer',
      'POST /livekit-replay/clips/join',
      'POST /livekit-replay/clips/{id}/exports',
      'GET /livekit-replay/exports',
      'DELETE /livekit-replay/exports/{id}',
    ].toSorted(),
  );
});

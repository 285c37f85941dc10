import type { PrismaClient } from '@hindsight/db/client';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createAppRouter, type RouterServices } from './app-router.ts';
import { clipStreamRoutes } from './clips/clip-stream.route.ts';
import type { Clips } from './clips/clips.service.ts';
import type { Config } from './config.ts';
import { healthRoutes } from './http/health.route.ts';
import { proxyLiveKit } from './http/livekit-proxy.ts';
import { serveWebApp } from './http/web-app.ts';
import { linkPageRoute } from './links/link-page.route.ts';
import { linkStreamRoutes } from './links/link-stream.route.ts';
import type { Links } from './links/links.service.ts';
import type { LocalStorage } from './storage/local-storage.ts';
import { bufferStreamRoutes } from './preview/buffer-stream.route.ts';
import type { PreviewService } from './preview/preview.service.ts';
import { serveTrpc } from './trpc/trpc.plugin.ts';
import type { SignedInUser } from './trpc/trpc.ts';
import type { LiveKit } from './voice/livekit.ts';
import { webhookRoute, type WebhookListener } from './voice/webhook.route.ts';

/** What the routes serve, by kind of route. */
export interface RouteServices {
  db: PrismaClient;
  livekit: LiveKit;
  livekitAccess: { url: string; apiKey: string; apiSecret: string };
  authenticate: (request: FastifyRequest, reply: FastifyReply) => Promise<SignedInUser | null>;
  webhookListeners: readonly WebhookListener[];
  clipFiles: { clips: Clips; storage: LocalStorage };
  links: Links;
  buffers: { preview: PreviewService };
  procedures: RouterServices;
}

/** Every route of the server: the API, clips' files, LiveKit's webhooks and signalling, health, and the web app. */
export async function addRoutes(
  http: FastifyInstance,
  config: Config,
  {
    db,
    livekit,
    livekitAccess,
    authenticate,
    webhookListeners,
    clipFiles,
    links,
    buffers,
    procedures,
  }: RouteServices,
): Promise<void> {
  await serveTrpc(http, { router: createAppRouter(procedures), authenticate });
  clipStreamRoutes(http, { ...clipFiles, authenticate });
  linkStreamRoutes(http, { links, storage: clipFiles.storage });
  const { publicUrl, webDir } = config.http;
  linkPageRoute(http, { links, webDir, publicUrl });
  bufferStreamRoutes(http, { ...buffers, authenticate });
  webhookRoute(http, {
    apiKey: livekitAccess.apiKey,
    apiSecret: livekitAccess.apiSecret,
    listeners: webhookListeners,
  });
  healthRoutes(http, { db, livekit, ffmpegPath: config.ffmpeg.ffmpegPath });
  if (config.livekit.isProxied) await proxyLiveKit(http, { url: livekitAccess.url });
  await serveWebApp(http, { webDir });
}

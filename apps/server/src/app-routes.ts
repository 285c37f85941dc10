import type { PrismaClient } from '@hindsight/db/client';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createAppRouter, type RouterServices } from './app-router.ts';
import type { OpenStreams } from './auth/open-streams.ts';
import { PRESS_PATIENCE_MS } from './capture/accept/acceptance.service.ts';
import type { ExactVideos } from './clips/exact-videos.ts';
import { clipStreamRoutes } from './clips/clip-stream.route.ts';
import type { Clips } from './clips/clips.service.ts';
import type { TrackDownloads } from './clips/track-downloads.ts';
import type { Config } from './config.ts';
import { exportStreamRoutes } from './exports/export-stream.route.ts';
import type { Callers } from './keys/callers.ts';
import { healthRoutes } from './monitoring/health.route.ts';
import type { Readiness } from './monitoring/readiness.ts';
import { proxyLiveKit } from './http/livekit-proxy.ts';
import { serveWebApp } from './http/web-app.ts';
import { linkPageRoute } from './links/link-page.route.ts';
import { linkPlayerRoute } from './links/link-player.route.ts';
import { oembedRoute } from './links/oembed.route.ts';
import { linkStreamRoutes } from './links/link-stream.route.ts';
import type { Links } from './links/links.service.ts';
import type { Metrics } from './metrics/metrics.ts';
import { metricsRoute } from './monitoring/metrics.route.ts';
import { mediaOrigins } from './storage/storage-config.ts';
import type { ObjectStorage } from './storage/storage.port.ts';
import { bufferStreamRoutes } from './preview/buffer-stream.route.ts';
import type { PreviewService } from './preview/preview.service.ts';
import { serveRest } from './rest/rest.plugin.ts';
import { serveTrpc } from './trpc/trpc.plugin.ts';
import type { SignedInUser } from './trpc/trpc.ts';
import { webhookRoute, type WebhookListener } from './voice/webhook.route.ts';

/** These are the services behind the routes, by kind of route. */
export interface RouteServices {
  readiness: Readiness;
  metrics: Metrics;
  /** Updates the gauges that describe the current state, before metrics are read. */
  refreshMetrics: () => Promise<void>;
  livekitAccess: { url: string; apiKey: string; apiSecret: string };
  /** Tells whether somebody may still use a token of LiveKit. */
  maySignal: (token: string) => Promise<boolean>;
  authenticate: (request: FastifyRequest, reply: FastifyReply) => Promise<SignedInUser | null>;
  callers: Callers;
  db: PrismaClient;
  streams: Pick<OpenStreams, 'authenticate'>;
  webhookListeners: readonly WebhookListener[];
  clipFiles: {
    clips: Clips;
    storage: Pick<ObjectStorage, 'read' | 'downloadUrl'>;
    tracks: Pick<TrackDownloads, 'find'>;
    exactVideos: ExactVideos;
  };
  links: Links;
  buffers: { preview: PreviewService };
  procedures: RouterServices;
}

/** Adds every route of the server: the API, clip files, LiveKit's webhooks and signalling, health, and the web app. */
export async function addRoutes(
  http: FastifyInstance,
  config: Config,
  {
    readiness,
    metrics,
    refreshMetrics,
    livekitAccess,
    maySignal,
    authenticate,
    callers,
    db,
    streams,
    webhookListeners,
    clipFiles,
    links,
    buffers,
    procedures,
  }: RouteServices,
): Promise<void> {
  const router = createAppRouter(procedures);
  await serveTrpc(http, {
    router,
    identify: callers.identify,
    // Event streams know no keys.
    identifyStream: async (request, reply) => {
      const user = await streams.authenticate(request, reply);
      return user === null ? null : { user, key: null };
    },
    patience: { 'replay.capture': PRESS_PATIENCE_MS },
    metrics,
  });
  clipStreamRoutes(http, { ...clipFiles, identify: callers.identify });
  exportStreamRoutes(http, { ...procedures.export, storage: clipFiles.storage, authenticate });
  linkStreamRoutes(http, { ...clipFiles, links });
  const { publicUrl, webDir } = config.http;
  const { identify } = callers;
  await serveRest(http, { db, identify, api: (context) => router.createCaller(context), publicUrl });
  linkPageRoute(http, { links, webDir, publicUrl });
  linkPlayerRoute(http, { links, mediaOrigins: mediaOrigins(config.storage) });
  oembedRoute(http, { links, publicUrl });
  bufferStreamRoutes(http, { ...buffers, authenticate });
  webhookRoute(http, {
    apiKey: livekitAccess.apiKey,
    apiSecret: livekitAccess.apiSecret,
    listeners: webhookListeners,
  });
  healthRoutes(http, { readiness });
  metricsRoute(http, {
    registry: metrics.registry,
    refresh: refreshMetrics,
    token: config.metrics.token,
    isBehindProxy: config.http.trustedProxies !== null || publicUrl !== null,
  });
  if (config.livekit.isProxied) await proxyLiveKit(http, { url: livekitAccess.url, maySignal });
  await serveWebApp(http, { webDir });
}

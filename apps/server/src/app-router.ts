import { createAuthRouter } from './auth/auth.router.ts';
import { createCaptureRouter } from './capture/capture.router.ts';
import { createClipRouter } from './clips/clip.router.ts';
import { createChannelRouter } from './communities/channel.router.ts';
import { createCommunityRouter } from './communities/community.router.ts';
import { createQuotaRouter } from './quota/quota.router.ts';
import { createLiveRouter } from './live/live.router.ts';
import { createReplayRouter } from './recording/replay.router.ts';
import { mergeRouters, router } from './trpc/trpc.ts';
import { createVoiceRouter } from './voice/voice.router.ts';

/** What the routers need, feature by feature. */
export interface RouterServices {
  auth: Parameters<typeof createAuthRouter>[0];
  community: Parameters<typeof createCommunityRouter>[0];
  voice: Parameters<typeof createVoiceRouter>[0];
  replay: Parameters<typeof createReplayRouter>[0];
  capture: Parameters<typeof createCaptureRouter>[0];
  clip: Parameters<typeof createClipRouter>[0];
  quota: Parameters<typeof createQuotaRouter>[0];
}

/** Every procedure of the API, under `/api/trpc`. */
export function createAppRouter(services: RouterServices) {
  return router({
    auth: createAuthRouter(services.auth),
    community: createCommunityRouter(services.community),
    channel: createChannelRouter(services.community),
    voice: createVoiceRouter(services.voice),
    replay: mergeRouters(createReplayRouter(services.replay), createCaptureRouter(services.capture)),
    clip: createClipRouter(services.clip),
    quota: createQuotaRouter(services.quota),
    live: createLiveRouter({
      voice: services.voice.voice,
      feed: services.replay.feed,
      events: services.clip.events,
    }),
  });
}

/** The API as types; all that the web app takes from the server. */
export type AppRouter = ReturnType<typeof createAppRouter>;

import { createAdminRouter, type AdminServices } from './admin/admin.router.ts';
import type { AttemptLimits } from './access/attempt-limits.ts';
import { createAuthRouter } from './auth/auth.router.ts';
import { createUserRouter } from './auth/user.router.ts';
import { createCaptureRouter } from './capture/accept/capture.router.ts';
import { createClipVoicesRouter } from './capture/remix/clip-voices.router.ts';
import { createClipSharingRouter } from './chat/clip-sharing.router.ts';
import type { Chat } from './chat/chat.ts';
import { createDmRouter } from './chat/dm.router.ts';
import { createMessageRouter } from './chat/message.router.ts';
import { createPeopleRouter } from './chat/people.router.ts';
import { createClipRouter } from './clips/clip.router.ts';
import { createChannelRouter } from './communities/channel.router.ts';
import { createCommunityRouter } from './communities/community.router.ts';
import type { CommunityFeature } from './communities/community-feature.ts';
import { createInviteRouter } from './communities/invite.router.ts';
import { createExportRouter, createPosterRouter } from './exports/export.router.ts';
import { createKeyRouter } from './keys/key.router.ts';
import { createConsentRouter } from './consent/consent.router.ts';
import { createQuotaRouter } from './quota/quota.router.ts';
import { createLinkRouter } from './links/link.router.ts';
import { createLiveRouter } from './live/live.router.ts';
import { createMarkerRouter } from './markers/marker.router.ts';
import { createPreviewRouter } from './preview/preview.router.ts';
import { createReplayRouter } from './recording/replay.router.ts';
import { createMemberRouter } from './roles/member.router.ts';
import { createRoleRouter } from './roles/role.router.ts';
import { mergeRouters, router } from './trpc/trpc.ts';
import { createVoiceRouter } from './voice/voice.router.ts';

/** These are the services that the routers need, by feature. */
export interface RouterServices {
  limits: AttemptLimits;
  auth: Omit<Parameters<typeof createAuthRouter>[0], 'limits'>;
  key: Pick<Parameters<typeof createKeyRouter>[0], 'keys'>;
  community: CommunityFeature;
  voice: Parameters<typeof createVoiceRouter>[0];
  replay: Parameters<typeof createReplayRouter>[0];
  consent: Parameters<typeof createConsentRouter>[0];
  capture: Parameters<typeof createCaptureRouter>[0];
  preview: Parameters<typeof createPreviewRouter>[0] & Parameters<typeof createMarkerRouter>[0];
  clip: Parameters<typeof createClipRouter>[0] & Parameters<typeof createClipVoicesRouter>[0];
  export: Parameters<typeof createExportRouter>[0] & Parameters<typeof createPosterRouter>[0];
  link: Omit<Parameters<typeof createLinkRouter>[0], 'limits'>;
  chat: Chat;
  quota: Parameters<typeof createQuotaRouter>[0];
  role: Parameters<typeof createRoleRouter>[0];
  member: Parameters<typeof createMemberRouter>[0];
  admin: AdminServices;
}

/** Makes the router with every procedure of the API, which is served under `/api/trpc`. */
export function createAppRouter(services: RouterServices) {
  const { limits } = services;
  return router({
    auth: createAuthRouter({ ...services.auth, limits }),
    user: mergeRouters(createUserRouter({ ...services.auth, limits }), createPeopleRouter(services.chat)),
    key: createKeyRouter({ ...services.key, accounts: services.auth.accounts, limits }),
    community: createCommunityRouter({ ...services.community, limits }),
    channel: createChannelRouter(services.community),
    invite: createInviteRouter({ ...services.community, limits }),
    voice: createVoiceRouter(services.voice),
    replay: mergeRouters(
      createReplayRouter(services.replay),
      createCaptureRouter(services.capture),
      createPreviewRouter(services.preview),
    ),
    consent: createConsentRouter(services.consent),
    marker: createMarkerRouter(services.preview),
    clip: mergeRouters(
      createClipRouter(services.clip),
      createClipVoicesRouter(services.clip),
      createPosterRouter(services.export),
      createLinkRouter({ ...services.link, limits }),
      createClipSharingRouter(services.chat),
    ),
    export: createExportRouter(services.export),
    message: createMessageRouter({ ...services.chat, events: services.clip.events }),
    dm: createDmRouter(services.chat),
    quota: createQuotaRouter(services.quota),
    role: createRoleRouter(services.role),
    member: createMemberRouter(services.member),
    admin: createAdminRouter(services.admin),
    live: createLiveRouter({
      voice: services.voice.voice,
      feed: services.replay.feed,
      messages: services.chat.feed,
      events: services.clip.events,
    }),
  });
}

/** This is the type of the API. The web app takes nothing else from the server. */
export type AppRouter = ReturnType<typeof createAppRouter>;

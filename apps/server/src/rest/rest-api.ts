import type {
  CommunityReplay,
  CommunityReplayUpdateInput,
  UserQuota,
  UserQuotaUpdateInput,
} from '@hindsight/shared/admin';
import type {
  ClipDto,
  ClipJoinInput,
  ClipList,
  clipListInput,
  ClipRemoveResult,
} from '@hindsight/shared/clips/clip';
import type { ExportDto, exportInput, ExportList, ExportRemoved } from '@hindsight/shared/clips/export';
import type { MarkerDto, markerCreateInput } from '@hindsight/shared/replay/marker';
import type {
  captureInput,
  CaptureResult,
  MyReplay,
  RoomSession,
  SessionDto,
  StartInput,
} from '@hindsight/shared/replay/replay';
import type { z } from 'zod';

/** These procedures do the work of the endpoints, so that both have the same rules. */
export interface RestApi {
  replay: {
    start(input: StartInput): Promise<SessionDto>;
    stop(input: { sessionId: string }): Promise<SessionDto>;
    status(input: { channelId: string }): Promise<RoomSession[]>;
    mine(input: { channelId: string }): Promise<MyReplay>;
    capture(input: z.input<typeof captureInput>): Promise<CaptureResult>;
  };
  marker: { create(input: z.input<typeof markerCreateInput>): Promise<MarkerDto> };
  clip: {
    list(input: z.input<typeof clipListInput>): Promise<ClipList>;
    join(input: ClipJoinInput): Promise<ClipDto>;
    remove(input: { clipId: string }): Promise<ClipRemoveResult>;
  };
  export: {
    create(input: z.input<typeof exportInput>): Promise<ExportDto>;
    list(input: { clipId?: string }): Promise<ExportList>;
    remove(input: { exportId: string }): Promise<ExportRemoved>;
  };
  admin: {
    communityReplay: {
      get(input: { communityId: string }): Promise<CommunityReplay>;
      update(input: CommunityReplayUpdateInput): Promise<CommunityReplay>;
    };
    userQuota: {
      get(input: { userId: string }): Promise<UserQuota>;
      update(input: UserQuotaUpdateInput): Promise<UserQuota>;
    };
  };
}

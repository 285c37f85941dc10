import type { ClipDto, ClipList, ClipListInput, ClipRemoveResult } from '@hindsight/shared/clip';

/** A user's own clips. All throw AppError NOT_FOUND for ids that don't exist and for other people's alike. */
export interface Clips {
  list(userId: string, input: ClipListInput): Promise<ClipList>;
  get(userId: string, clipId: string): Promise<ClipDto>;
  update(userId: string, clipId: string, change: { title: string }): Promise<ClipDto>;
  /** Frees the quota at once; the bytes follow through the deletion queue. A clip that is being made is cancelled. */
  remove(userId: string, clipId: string): Promise<ClipRemoveResult>;
}

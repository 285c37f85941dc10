import type { StartInput, MyReplay, ReplayEvent, RoomSession, SessionDto } from '@hindsight/shared/replay';
import type { WebhookEvent } from 'livekit-server-sdk';
import type { BufferKey } from '../buffer/buffer-policy.ts';
import type { SignedInUser } from '../trpc/trpc.ts';

/** Starting and stopping recordings. */
export interface Sessions {
  start(user: SignedInUser, input: StartInput): Promise<SessionDto>;
  stop(user: SignedInUser, sessionId: string): Promise<SessionDto>;
}

/** What people see of recordings. */
export interface ReplayFeed {
  status(user: SignedInUser, channelId: string): Promise<RoomSession[]>;
  mine(user: SignedInUser, channelId: string): Promise<MyReplay>;
  events(user: SignedInUser, channelId: string, signal: AbortSignal): AsyncIterable<ReplayEvent>;
  /** Who is being recorded in a channel now. */
  recordedUserIds(channelId: string): Promise<Set<string>>;
}

/** The recording feature as the rest of the server sees it. */
export interface Recording {
  sessions: Sessions;
  feed: ReplayFeed;
  /** Makes what a running recording has received readable on the timeline. Never fails: what is on disk stays readable. */
  flush(key: BufferKey): Promise<void>;
  /** Takes a verified LiveKit webhook; unknown, repeated and reordered ones do no harm. */
  onWebhook(event: WebhookEvent): Promise<void>;
  /** After a start: ends what an earlier process left behind and takes its shares up again. */
  recover(): Promise<void>;
  /** Brings database, recorder and LiveKit to agree. For a job that runs each minute. */
  reconcile(signal: AbortSignal): Promise<void>;
  /** Ends all recordings as SERVER_SHUT_DOWN and waits for what is under way. Called before the recorder is closed. */
  close(): Promise<void>;
}

import { AppError } from '@hindsight/shared/errors';
import { HOUR } from '@hindsight/shared/units';
import {
  AccessToken,
  type ParticipantInfo,
  RoomServiceClient,
  TrackSource,
  TwirpError,
  type Room,
} from 'livekit-server-sdk';

/** How long a join token opens the door; a connected participant's token is refreshed by LiveKit itself. */
const JOIN_TOKEN_TTL_MS = 6 * HOUR;
const REQUEST_TIMEOUT_SECONDS = 5;

export interface JoinGrant {
  /** Channel id. */
  room: string;
  /** User id. */
  identity: string;
  /** What other participants see. */
  name: string;
  canShare: boolean;
}

/** What we ask of LiveKit. Identity = user id, room name = channel id. */
export interface LiveKit {
  mintJoinToken(grant: JoinGrant): Promise<string>;
  /** @returns null when the room or the participant doesn't exist. @throws AppError LIVEKIT_UNAVAILABLE */
  participant(room: string, identity: string): Promise<ParticipantInfo | null>;
  /** @returns nobody when the room doesn't exist. @throws AppError LIVEKIT_UNAVAILABLE */
  participants(room: string): Promise<ParticipantInfo[]>;
  /** @throws AppError LIVEKIT_UNAVAILABLE */
  rooms(): Promise<Room[]>;
  /** Ends somebody's connection to a room; nothing when they aren't there. @throws AppError LIVEKIT_UNAVAILABLE */
  removeParticipant(room: string, identity: string): Promise<void>;
  /**
   * Lets somebody who is in a room share their screen from now on, or ends their share and lets them no more.
   * @throws AppError LIVEKIT_UNAVAILABLE
   */
  setMayShare(room: string, identity: string, mayShare: boolean): Promise<void>;
}

/** LiveKit by its server API. Nothing here is logged: messages of failed calls can hold whole tokens. */
export function createLiveKit({
  url,
  apiKey,
  apiSecret,
}: {
  url: string;
  apiKey: string;
  apiSecret: string;
}): LiveKit {
  const client = new RoomServiceClient(url, apiKey, apiSecret, { requestTimeout: REQUEST_TIMEOUT_SECONDS });

  /** Answers `ifMissing` for what LiveKit doesn't know; every other failure means that it can't be asked. */
  async function ask<T, M>(question: Promise<T>, ifMissing: M): Promise<T | M> {
    try {
      return await question;
    } catch (error) {
      if (error instanceof TwirpError && error.status === 404) return ifMissing;
      throw new AppError('LIVEKIT_UNAVAILABLE', { cause: withoutTokens(error) });
    }
  }

  return {
    mintJoinToken({ room, identity, name, canShare }) {
      const token = new AccessToken(apiKey, apiSecret, { identity, name, ttl: JOIN_TOKEN_TTL_MS / 1000 });
      token.addGrant({
        room,
        roomJoin: true,
        canSubscribe: true,
        canPublishData: true,
        canPublishSources: publishedSources(canShare),
      });
      return token.toJwt();
    },
    participant: (room, identity) => ask(client.getParticipant(room, identity), null),
    participants: (room) => ask(client.listParticipants(room), []),
    rooms: () => ask(client.listRooms(), []),
    removeParticipant: (room, identity) => ask(client.removeParticipant(room, identity), undefined),
    async setMayShare(room, identity, mayShare) {
      const permission = {
        canPublish: true,
        canSubscribe: true,
        canPublishData: true,
        canPublishSources: publishedSources(mayShare),
      };
      await ask(client.updateParticipant(room, identity, { permission }), undefined);
    },
  };
}

function publishedSources(mayShare: boolean): TrackSource[] {
  return mayShare
    ? [TrackSource.MICROPHONE, TrackSource.SCREEN_SHARE, TrackSource.SCREEN_SHARE_AUDIO]
    : [TrackSource.MICROPHONE];
}

/** LiveKit's 401 texts quote the JWT that was sent: keep the kind of failure, drop the text. */
function withoutTokens(error: unknown): Error {
  if (error instanceof TwirpError)
    return new Error(`LiveKit answered ${error.status} ${error.code ?? ''}`.trim());
  if (error instanceof Error && error.cause instanceof Error)
    return new Error(`LiveKit cannot be reached: ${error.cause.message}`);
  return new Error(`LiveKit cannot be reached: ${error instanceof Error ? error.name : String(error)}`);
}

import { AppError } from '@hindsight/shared/errors';
import { MINUTE } from '@hindsight/shared/units';
import {
  AccessToken,
  type ParticipantInfo,
  RoomServiceClient,
  TokenVerifier,
  TrackSource,
  TwirpError,
  type Room,
} from 'livekit-server-sdk';

/**
 * A join token can be used for this long. LiveKit itself gives a connected participant new ones, which it takes for ten
 * minutes.
 */
const JOIN_TOKEN_TTL_MS = 1 * MINUTE;
const REQUEST_TIMEOUT_SECONDS = 5;

interface JoinGrant {
  /** The room is named by the channel's id. */
  room: string;
  /** The identity is the user's id. */
  identity: string;
  /** Other participants see this name. */
  name: string;
  canShare: boolean;
}

/** These are the calls to LiveKit. An identity is a user's id, and a room's name is a channel's id. */
export interface LiveKit {
  mintJoinToken(grant: JoinGrant): Promise<string>;
  /** Returns whom a token lets into which room; null when LiveKit itself will refuse it. */
  readToken(token: string): Promise<Pick<JoinGrant, 'room' | 'identity'> | null>;
  /**
   * Returns a participant; null when the room or the participant doesn't exist.
   * @throws AppError LIVEKIT_UNAVAILABLE
   */
  participant(room: string, identity: string): Promise<ParticipantInfo | null>;
  /**
   * Lists the participants of a room; none when the room doesn't exist.
   * @throws AppError LIVEKIT_UNAVAILABLE
   */
  participants(room: string): Promise<ParticipantInfo[]>;
  /**
   * Lists the open rooms.
   * @throws AppError LIVEKIT_UNAVAILABLE
   */
  rooms(): Promise<Room[]>;
  /**
   * Disconnects somebody from a room. Does nothing when they aren't there.
   * @throws AppError LIVEKIT_UNAVAILABLE
   */
  removeParticipant(room: string, identity: string): Promise<void>;
  /**
   * Allows somebody in a room to share their screen, or ends their share and forbids it.
   * @throws AppError LIVEKIT_UNAVAILABLE
   */
  setMayShare(room: string, identity: string, mayShare: boolean): Promise<void>;
}

/** Calls LiveKit's server API. Nothing here is logged, because messages of failed calls may contain whole tokens. */
export function createLiveKit({
  url,
  apiKey,
  apiSecret,
}: {
  url: string;
  apiKey: string;
  apiSecret: string;
}): LiveKit {
  const verifier = new TokenVerifier(apiKey, apiSecret);
  const client = new RoomServiceClient(url, apiKey, apiSecret, { requestTimeout: REQUEST_TIMEOUT_SECONDS });

  /** Returns `ifMissing` for what LiveKit doesn't know. Every other failure means that LiveKit is unavailable. */
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
    async readToken(token) {
      const claims = await verifier.verify(token).catch(() => null);
      const [room, identity] = [claims?.video?.room, claims?.sub];
      return room === undefined || identity === undefined ? null : { room, identity };
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

/** Keeps the kind of a failure and drops its text, because LiveKit's 401 texts quote the JWT that was sent. */
function withoutTokens(error: unknown): Error {
  if (error instanceof TwirpError)
    return new Error(`LiveKit answered ${error.status} ${error.code ?? ''}`.trim());
  if (error instanceof Error && error.cause instanceof Error)
    return new Error(`LiveKit cannot be reached: ${error.cause.message}`);
  return new Error(`LiveKit cannot be reached: ${error instanceof Error ? error.name : String(error)}`);
}

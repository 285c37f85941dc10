import { AppError } from '@hindsight/shared/errors';
import {
  EgressClient,
  RoomServiceClient,
  TwirpError,
  type EgressInfo,
  type ParticipantInfo,
} from 'livekit-server-sdk';
import type { TrackCompositeRequest } from './egress-request.ts';

/**
 * This is the answer to a stop. `stopping`: the egress ends now. `over`: it had ended already. `unknown`: LiveKit has never
 * heard of it, or has forgotten it. `dead`: LiveKit believes it is running, but no worker answers for it.
 */
type StopAnswer = 'stopping' | 'over' | 'unknown' | 'dead';

/**
 * These are the questions that we ask LiveKit about egresses. All but `start` throw UnansweredError when they get no answer.
 */
export interface EgressService {
  /** Starts an egress. @throws AppError RECORDER_UNAVAILABLE, RECORDER_BUSY; the cause says as much as can be found out */
  start(request: TrackCompositeRequest): Promise<EgressInfo>;
  /** Finds an egress by its id. @returns null for an unknown id */
  find(egressId: string): Promise<EgressInfo | null>;
  stop(egressId: string): Promise<StopAnswer>;
  /** Lists all egresses that LiveKit believes are running, ours or not. */
  running(): Promise<EgressInfo[]>;
  /** Finds a participant. @returns null when the room or the participant doesn't exist */
  participant(room: string, identity: string): Promise<ParticipantInfo | null>;
}

/**
 * Thrown when LiveKit gave no answer, or refused to. Its text is safe to log, unlike LiveKit's own, which quotes whole
 * tokens.
 */
export class UnansweredError extends Error {
  readonly status: number | undefined;
  readonly isWithoutRedis: boolean;

  constructor(error: unknown) {
    super(withoutToken(error));
    this.name = 'UnansweredError';
    this.status = error instanceof TwirpError ? error.status : undefined;
    this.isWithoutRedis = error instanceof Error && error.message.includes('egress not connected');
  }
}

const REQUEST_TIMEOUT_SECONDS = 5;
/** Workers bid for a recording, and LiveKit waits some ten seconds for them. */
const START_TIMEOUT_SECONDS = 10;

export interface EgressServiceOptions {
  livekitUrl: string;
  apiKey: string;
  apiSecret: string;
  startTimeoutSeconds?: number;
}

export function createEgressService({
  livekitUrl,
  apiKey,
  apiSecret,
  startTimeoutSeconds = START_TIMEOUT_SECONDS,
}: EgressServiceOptions): EgressService {
  const client = (requestTimeout: number) =>
    // A start that is repeated on another server would record twice.
    new EgressClient(livekitUrl, apiKey, apiSecret, { requestTimeout, failover: false });
  const egress = client(REQUEST_TIMEOUT_SECONDS);
  const starter = client(startTimeoutSeconds);
  const rooms = new RoomServiceClient(livekitUrl, apiKey, apiSecret, {
    requestTimeout: REQUEST_TIMEOUT_SECONDS,
  });

  async function running(): Promise<EgressInfo[]> {
    return ask(egress.listEgress({ active: true }), []);
  }

  /**
   * Finds out why a start failed. A full, a stopped and a Redis-less installation fail alike; the list of egresses tells some
   * of them apart.
   */
  async function explain(failure: UnansweredError): Promise<AppError> {
    const because = (code: 'RECORDER_UNAVAILABLE' | 'RECORDER_BUSY', text: string) =>
      new AppError(code, { cause: new Error(`${text} (${failure.message})`) });
    if (failure.status === 429) return because('RECORDER_BUSY', 'LiveKit takes no more egresses');
    if (failure.status !== undefined && failure.status < 500)
      return because('RECORDER_UNAVAILABLE', 'LiveKit refused the egress');
    try {
      const count = (await running()).length;
      return count > 0
        ? because(
            'RECORDER_BUSY',
            `no worker took the egress while ${count} are running: at capacity, or down`,
          )
        : because(
            'RECORDER_UNAVAILABLE',
            'no egress worker took the egress though none is running: all down',
          );
    } catch (error) {
      const isWithoutRedis = error instanceof UnansweredError && error.isWithoutRedis;
      return because(
        'RECORDER_UNAVAILABLE',
        isWithoutRedis ? 'LiveKit has no Redis, which egress needs' : 'LiveKit cannot be reached',
      );
    }
  }

  return {
    running,

    async start({ room, outputs, options }) {
      try {
        return await starter.startTrackCompositeEgress(room, outputs, options);
      } catch (error) {
        throw await explain(new UnansweredError(error));
      }
    },

    async find(egressId) {
      return (await ask(egress.listEgress({ egressId }), []))[0] ?? null;
    },

    async stop(egressId) {
      try {
        await egress.stopEgress(egressId);
        return 'stopping';
      } catch (error) {
        if (error instanceof TwirpError && error.status === 412) return 'over';
        if (error instanceof TwirpError && error.status === 404) return 'unknown';
        if (error instanceof TwirpError && error.status === 408) return 'dead';
        throw new UnansweredError(error);
      }
    },

    participant: (room, identity) => ask(rooms.getParticipant(room, identity), null),
  };
}

async function ask<T, M>(question: Promise<T>, ifMissing: M): Promise<T | M> {
  try {
    return await question;
  } catch (error) {
    if (error instanceof TwirpError && error.status === 404) return ifMissing;
    throw new UnansweredError(error);
  }
}

function withoutToken(error: unknown): string {
  if (error instanceof TwirpError) return `LiveKit answered ${error.status} ${error.code ?? ''}`.trim();
  if (error instanceof Error && error.cause instanceof Error) return error.cause.message;
  return error instanceof Error ? error.name : 'unknown failure';
}

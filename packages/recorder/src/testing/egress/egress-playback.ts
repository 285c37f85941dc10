import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ParticipantInfo_Kind, StopEgressRequest } from '@livekit/protocol';
import {
  AccessToken,
  type EgressInfo,
  EgressStatus,
  ParticipantInfo,
  Room,
  TokenVerifier,
  TrackCompositeEgressRequest,
  TrackInfo,
  TrackSource,
  WebhookEvent,
} from 'livekit-server-sdk';
import { PlayedEgress } from './played-egress.ts';
import { RECORDED_KEY } from './recorded.ts';

export interface PlaybackOptions {
  /** The media are played this many times as fast as they were recorded. */
  speed: number;
  /**
   * Whether segments are listed with the duration of their media or, by default, with the time they took, so that clocks
   * agree.
   */
  clock?: 'media' | 'wall';
  /** The path of the shared folder, as egress sees it and as it really is. */
  root: { egress: string; here: string };
  /** Puts an object into the bucket that requests name. */
  upload?: (key: string, bytes: Buffer) => Promise<void>;
  /** The address that webhooks are sent to, if any. */
  webhookUrl?: () => string;
  /** Whether the share ends where the recorded media end. */
  endsWithMedia?: boolean;
}

/**
 * The state of the egress service. `busy` and `down` look alike to a start, `no-redis` refuses even to list, `unreachable` is
 * a LiveKit that answers nothing but errors.
 */
export type Workers = 'ready' | 'busy' | 'down' | 'no-redis' | 'unreachable' | 'wrong-key';

interface PlayedShare {
  room: string;
  identity: string;
  videoTrackSid: string;
  audioTrackSid: string;
}

interface Answer {
  status: number;
  body: object;
}

export type EgressPlayback = Awaited<ReturnType<typeof startEgressPlayback>>;

const NOT_FOUND: Answer = { status: 404, body: { code: 'not_found', msg: 'not found' } };
const DEAD_ANSWER_MS = 3000;
const WORKER_MISSED_MS = 20_000;

/**
 * Serves what LiveKit and its Egress answer, do and send, as a Twirp endpoint on loopback. Shares that tests put into rooms
 * are recorded by playing a real recording back.
 */
export async function startEgressPlayback(options: PlaybackOptions) {
  const { apiKey, apiSecret } = RECORDED_KEY;
  const verifier = new TokenVerifier(apiKey, apiSecret);
  const egresses = new Map<string, PlayedEgress>();
  const rooms = new Map<string, Map<string, ParticipantInfo>>();
  const requests: { method: string; body: object }[] = [];
  const state = { workers: 'ready' as Workers, loseTracks: false, endingMs: 100 };

  const peopleIn = (room: string) => rooms.get(room) ?? new Map<string, ParticipantInfo>();

  function enter(room: string, participant: ParticipantInfo): void {
    rooms.set(room, peopleIn(room).set(participant.identity, participant));
    void tell('participant_joined', { room, participant });
  }

  function leave(room: string, identity: string): void {
    const participant = peopleIn(room).get(identity);
    if (participant === undefined) return;
    peopleIn(room).delete(identity);
    void tell('participant_left', { room, participant });
  }

  /** Sends a webhook as LiveKit does: signed, and without waiting for the answer. */
  async function tell(
    event: string,
    about: { room?: string; participant?: ParticipantInfo; track?: TrackInfo; egressInfo?: EgressInfo },
  ): Promise<void> {
    const url = options.webhookUrl?.();
    if (url === undefined) return;
    const { room, ...rest } = about;
    const message = new WebhookEvent({
      ...rest,
      ...(room === undefined ? {} : { room: new Room({ name: room }) }),
      id: `EV_${randomUUID()}`,
      createdAt: BigInt(Math.floor(Date.now() / 1000)),
    });
    message.event = event as WebhookEvent['event'];
    const request = await signedWebhook(JSON.stringify(message.toJson()));
    await fetch(url, { method: 'POST', ...request }).catch(() => undefined);
  }

  function onChange(egress: PlayedEgress): void {
    const { info } = egress;
    if (info.status >= EgressStatus.EGRESS_COMPLETE) leave(info.roomName, info.egressId);
    const event = info.status >= EgressStatus.EGRESS_COMPLETE ? 'egress_ended' : 'egress_updated';
    void tell(event, { egressInfo: info.clone() });
  }

  function unpublish({ room, identity }: PlayedShare, sources: readonly TrackSource[]): void {
    const participant = peopleIn(room).get(identity);
    for (const track of participant?.tracks.filter(({ source }) => sources.includes(source)) ?? [])
      void tell('track_unpublished', { room, participant, track });
    if (participant !== undefined)
      participant.tracks = participant.tracks.filter(({ source }) => !sources.includes(source));
  }

  const recording = (share: PlayedShare) =>
    [...egresses.values()].filter(
      ({ info }) =>
        info.request.case === 'trackComposite' && info.request.value.videoTrackId === share.videoTrackSid,
    );

  async function unpublishAll(share: PlayedShare): Promise<void> {
    unpublish(share, [TrackSource.SCREEN_SHARE, TrackSource.SCREEN_SHARE_AUDIO]);
    await Promise.all(recording(share).map((egress) => egress.end('Source closed')));
  }

  function start(json: object): Answer {
    const request = TrackCompositeEgressRequest.fromJson(json as never);
    const egressId = `EG_${randomUUID().slice(0, 12)}`;
    const people = [...peopleIn(request.roomName).values()];
    const sharer = people.find(({ tracks }) => tracks.some(({ sid }) => sid === request.videoTrackId));
    const egress = new PlayedEgress({
      egressId,
      request,
      here: (path) => path.replace(options.root.egress, options.root.here),
      upload: options.upload,
      speed: options.speed,
      clock: options.clock ?? 'wall',
      onChange,
      endingMs: () => state.endingMs,
      onMediaOver() {
        if (options.endsWithMedia !== true || sharer === undefined) return;
        const { identity } = sharer;
        const { roomName: room, videoTrackId: videoTrackSid, audioTrackId: audioTrackSid } = request;
        void unpublishAll({ room, identity, videoTrackSid, audioTrackSid });
      },
    });
    egresses.set(egressId, egress);
    void tell('egress_started', { egressInfo: egress.info.clone() });
    const kind = ParticipantInfo_Kind.EGRESS;
    enter(request.roomName, new ParticipantInfo({ identity: egressId, kind, permission: { hidden: true } }));
    egress.start(sharer !== undefined && !state.loseTracks);
    return { status: 200, body: egress.info.toJson() as object };
  }

  async function stop(json: object): Promise<Answer> {
    const { egressId } = StopEgressRequest.fromJson(json as never);
    const egress = egresses.get(egressId);
    if (egress === undefined) return NOT_FOUND;
    if (egress.isServiceDead) {
      await sleep(DEAD_ANSWER_MS / options.speed);
      return { status: 408, body: { code: 'deadline_exceeded', msg: 'no response from servers' } };
    }
    if (!egress.isRunning)
      return {
        status: 412,
        body: { code: 'failed_precondition', msg: 'egress with status EGRESS_COMPLETE' },
      };
    void egress.end('StopEgress API');
    return { status: 200, body: egress.info.toJson() as object };
  }

  async function answer(method: string, json: Record<string, unknown>): Promise<Answer> {
    const { workers } = state;
    if (workers === 'unreachable') return { status: 500, body: { code: 'internal', msg: 'internal' } };
    const { room = '', identity = '' } = json as { room?: string; identity?: string };
    switch (method) {
      case 'Egress/StartTrackCompositeEgress':
        if (workers === 'ready') return start(json);
        // LiveKit waits for a worker for longer than a client waits for LiveKit.
        await sleep(4000);
        return { status: 503, body: { code: 'unavailable', msg: 'no response from servers' } };
      case 'Egress/StopEgress':
        return stop(json);
      case 'Egress/ListEgress': {
        if (workers === 'no-redis')
          return { status: 500, body: { code: 'internal', msg: 'egress not connected (redis required)' } };
        const { egressId, active } = json;
        const listed = [...egresses.values()].map(({ info }) => info);
        const wanted = listed.filter(
          (info) =>
            (egressId === undefined || info.egressId === egressId) &&
            (active !== true || info.status < EgressStatus.EGRESS_COMPLETE),
        );
        if (egressId !== undefined && wanted.length === 0) return NOT_FOUND;
        return { status: 200, body: { items: wanted.map((info) => info.toJson()) } };
      }
      case 'RoomService/GetParticipant': {
        const participant = peopleIn(room).get(identity);
        return participant === undefined ? NOT_FOUND : { status: 200, body: participant.toJson() as object };
      }
      case 'RoomService/ListParticipants':
        return {
          status: 200,
          body: { participants: [...peopleIn(room).values()].map((each) => each.toJson()) },
        };
      case 'RoomService/ListRooms':
        return { status: 200, body: { rooms: [...rooms.keys()].map((name) => ({ name })) } };
      default:
        return { status: 200, body: {} };
    }
  }

  const server = createServer((request, response) => {
    void (async () => {
      const token = (request.headers.authorization ?? '').replace('Bearer ', '');
      const json = JSON.parse((await readBody(request)) || '{}') as Record<string, unknown>;
      const method = request.url?.replace('/twirp/livekit.', '') ?? '';
      requests.push({ method, body: json });
      const isKnown =
        state.workers !== 'wrong-key' &&
        (await verifier.verify(token).then(
          () => true,
          () => false,
        ));
      // LiveKit's own text quotes the token.
      const { status, body } = isKnown
        ? await answer(method, json)
        : { status: 401, body: { code: 'unauthenticated', msg: `invalid token: ${token}` } };
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    apiKey,
    apiSecret,
    /** All requests so far. */
    requests,
    /** The failures that are simulated from now on. */
    state,
    tell,

    /** Lets somebody share their screen, with sound. */
    share(room: string, identity: string): PlayedShare {
      const id = randomUUID().slice(0, 8);
      const share = { room, identity, videoTrackSid: `TR_VS${id}`, audioTrackSid: `TR_AS${id}` };
      const track = (sid: string, source: TrackSource) => new TrackInfo({ sid, source });
      const tracks = [
        track(share.videoTrackSid, TrackSource.SCREEN_SHARE),
        track(share.audioTrackSid, TrackSource.SCREEN_SHARE_AUDIO),
      ];
      enter(room, new ParticipantInfo({ sid: `PA_${id}`, identity, tracks }));
      for (const each of tracks) void tell('track_published', { room, track: each });
      return share;
    },

    unpublish: unpublishAll,

    /** Unpublishes only the picture: egress writes nothing any more, and reports nothing. */
    unpublishVideo(share: PlayedShare): void {
      unpublish(share, [TrackSource.SCREEN_SHARE]);
      for (const egress of recording(share)) egress.stall();
    },

    async leave(share: PlayedShare): Promise<void> {
      leave(share.room, share.identity);
      await Promise.all(recording(share).map((egress) => egress.end('Source closed')));
    },

    /** Stops writing the recording of a share that is still on. */
    stall(share: PlayedShare): void {
      for (const egress of recording(share)) egress.stall();
    },

    killHandler(egressId: string): void {
      egresses.get(egressId)?.killHandler();
    },

    /** Kills the service without any report; LiveKit notices the missing participant a while later. */
    async killService(egressId: string): Promise<void> {
      const egress = egresses.get(egressId);
      egress?.killService();
      await sleep(WORKER_MISSED_MS / options.speed);
      if (egress !== undefined) leave(egress.info.roomName, egressId);
    },

    /** Forgets an egress, as when Redis was wiped. */
    forget(egressId: string): void {
      egresses.get(egressId)?.killService();
      egresses.delete(egressId);
    },

    async close(): Promise<void> {
      await Promise.all([...egresses.values()].map((egress) => egress.vanish()));
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Signs a webhook body as LiveKit does. */
export async function signedWebhook(
  body: string,
): Promise<{ body: string; headers: Record<string, string> }> {
  const token = new AccessToken(RECORDED_KEY.apiKey, RECORDED_KEY.apiSecret, { ttl: 300 });
  token.sha256 = createHash('sha256').update(body).digest('base64');
  return {
    body,
    headers: { authorization: await token.toJwt(), 'content-type': 'application/webhook+json' },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

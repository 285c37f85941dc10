import type { EgressSession, PrismaClient } from '@hindsight/db/client';
import { endReasonSchema, type EndReason } from '@hindsight/shared/replay/replay';
import { SECOND } from '@hindsight/shared/units';
import { z } from 'zod';
import type { ServerCalls } from '../cluster/server-calls.ts';
import type { Servers } from '../cluster/servers.ts';
import { RUNNING } from './session-slots.ts';

const STOP = 'stop-recording';
const FLUSH = 'flush-recording';
const CHECK_SHARE = 'heed-hint';
/** A recorder finalises its playlist within a second. */
const STOP_TIMEOUT_MS = 5 * SECOND;
/** The check asks LiveKit, and a recorder waits a moment for its share to come back. */
const CHECK_SHARE_TIMEOUT_MS = 15 * SECOND;
/** Somebody waits for the capture they requested; what is on disk is readable anyway. */
const FLUSH_TIMEOUT_MS = 1 * SECOND;

const stopInput = z.object({ sessionId: z.uuid(), reason: endReasonSchema });
const hintSchema = z.object({ isUnpublished: z.boolean(), leftReason: endReasonSchema });
const checkShareInput = z.object({ sessionId: z.uuid(), hint: hintSchema });
const flushInput = z.object({ egressId: z.string() });

/** A hint is what LiveKit has told about a share: that its track is gone, or that its publisher may have left, and why. */
export type ShareHint = z.infer<typeof hintSchema>;

/** This is what has to be known of a recording to find the server that owns it. */
export type OwnedRecording = Pick<EgressSession, 'id' | 'egressId' | 'serverId'>;

export type RecordingOwners = ReturnType<typeof createRecordingOwners>;

/** Forwards requests to the server that owns a recording, because only that one can reach its recorder. */
export function createRecordingOwners({
  db,
  servers,
  calls,
}: {
  db: PrismaClient;
  servers: Pick<Servers, 'id' | 'liveIds'>;
  calls: Pick<ServerCalls, 'handle' | 'ask'>;
}) {
  async function ask(
    { serverId }: OwnedRecording,
    name: string,
    input: object,
    timeoutMs: number,
  ): Promise<boolean> {
    if (serverId === null || serverId === servers.id) return false;
    // Asking a server that is gone would only wait for the timeout.
    if (!(await servers.liveIds()).includes(serverId)) return false;
    return calls.ask(serverId, name, input, timeoutMs);
  }

  return {
    /** Stops a recording on its server. Resolves to false when that is this server, or it doesn't answer. */
    stop: (session: OwnedRecording, reason: EndReason): Promise<boolean> =>
      ask(
        session,
        STOP,
        { sessionId: session.id, reason } satisfies z.input<typeof stopInput>,
        STOP_TIMEOUT_MS,
      ),

    /** Flushes a recording on its server. Resolves to false when that is this server, or it doesn't answer. */
    flush: (session: OwnedRecording & { egressId: string }): Promise<boolean> =>
      ask(
        session,
        FLUSH,
        { egressId: session.egressId } satisfies z.input<typeof flushInput>,
        FLUSH_TIMEOUT_MS,
      ),

    /**
     * Checks a share on its server, since only the recorder knows whether it waits for the share. Resolves to false when
     * that is this server, or it doesn't answer.
     */
    checkShare: (session: OwnedRecording, hint: ShareHint): Promise<boolean> =>
      ask(
        session,
        CHECK_SHARE,
        { sessionId: session.id, hint } satisfies z.input<typeof checkShareInput>,
        CHECK_SHARE_TIMEOUT_MS,
      ),

    /** Handles the requests of other servers. */
    serve(here: {
      stop: (session: EgressSession, reason: EndReason) => Promise<void>;
      flush: (egressId: string) => Promise<unknown>;
      checkShare: (session: EgressSession, hint: ShareHint) => Promise<void>;
    }): void {
      const findRunning = (id: string) => db.egressSession.findFirst({ where: { id, status: RUNNING } });
      calls.handle(STOP, async (input) => {
        const { sessionId, reason } = stopInput.parse(input);
        const session = await findRunning(sessionId);
        if (session !== null) await here.stop(session, reason);
      });
      calls.handle(CHECK_SHARE, async (input) => {
        const { sessionId, hint } = checkShareInput.parse(input);
        const session = await findRunning(sessionId);
        if (session !== null) await here.checkShare(session, hint);
      });
      calls.handle(FLUSH, async (input) => {
        await here.flush(flushInput.parse(input).egressId);
      });
    },
  };
}

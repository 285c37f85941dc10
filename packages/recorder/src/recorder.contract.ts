import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Recorder, RecorderEvent, RecordingRequest } from './recorder.port.ts';

/** This is a real screen share in a room. */
export type ContractShare = Pick<
  RecordingRequest,
  'room' | 'identity' | 'videoTrackSid' | 'audioTrackSid'
> & {
  unpublish(): Promise<void>;
  close(): Promise<void>;
};

export interface ContractSetup {
  createRecorder(): Recorder;
  startShare(): Promise<ContractShare>;
  /** The recorder may take this long from the start to its first readable media. */
  firstMediaMs: number;
}

/** Describes what every recorder must do. To be called inside a test file of the media tier. */
export function describeRecorderContract(name: string, setup: ContractSetup): void {
  // These tests run one after the other, even where other suites run concurrently.
  describe(`the recorder contract: ${name}`, { concurrent: false }, () => {
    let share: ContractShare;
    let recorder: Recorder;
    let events: RecorderEvent[];
    const directories: string[] = [];

    beforeAll(async () => {
      share = await setup.startShare();
    });
    afterAll(async () => {
      await share.close();
      for (const directory of directories) rmSync(directory, { recursive: true, force: true });
    });
    afterEach(() => recorder.close());

    function open(): void {
      recorder = setup.createRecorder();
      events = [];
      recorder.subscribe((event) => events.push(event));
    }

    function request(of: ContractShare = share): RecordingRequest {
      const directory = mkdtempSync(join(tmpdir(), 'recorder-contract-'));
      directories.push(directory);
      return {
        sessionId: `session-${directories.length}`,
        room: of.room,
        identity: of.identity,
        videoTrackSid: of.videoTrackSid,
        audioTrackSid: of.audioTrackSid,
        quality: '720p',
        destination: join(directory, 'room', 'user', 'session'),
      };
    }

    const eventsOf = <T extends RecorderEvent['type']>(type: T) =>
      events.filter((event): event is RecorderEvent & { type: T } => event.type === type);
    const seen = (type: RecorderEvent['type']): Promise<void> =>
      vi.waitFor(() => expect(eventsOf(type)).not.toEqual([]), setup.firstMediaMs + 10_000);

    it('records until it is stopped: events, a readable buffer, a final playlist', async () => {
      open();
      const { destination, ...asked } = request();
      const calledMs = Date.now();
      const { egressId } = await recorder.start({ destination, ...asked });
      await seen('started');
      const [started] = eventsOf('started');
      expect(started).toMatchObject({ egressId, sessionId: asked.sessionId });
      expect(Math.abs((started?.startedAtMs ?? 0) - calledMs)).toBeLessThan(setup.firstMediaMs);
      expect(await recorder.list()).toMatchObject([
        {
          egressId,
          sessionId: asked.sessionId,
          room: asked.room,
          identity: asked.identity,
          isDegraded: false,
          startedAtMs: started?.startedAtMs,
        },
      ]);

      // Nobody of that name is in the room, which is no error, nor is it that voices aren't supported.
      await recorder.setVoices(egressId, { keep: ['nobody'], forget: ['somebody-else'] });
      await seen('segment');
      const flushedMs = Date.now();
      const { readableToMs } = await recorder.flush(egressId);
      expect(readableToMs).toBeGreaterThan(flushedMs - setup.firstMediaMs);
      const playlist = readFileSync(join(destination, 'full.m3u8'), 'utf8');
      const files = playlist.match(/^[^#\n].*$/gm) ?? [];
      expect(playlist.match(/^#EXT-X-PROGRAM-DATE-TIME:.*\.\d{3}Z$/gm)).toHaveLength(files.length);
      for (const file of files) expect(existsSync(join(destination, file))).toBe(true);
      expect(existsSync(join(destination, 'live.m3u8'))).toBe(true);

      await recorder.stop(egressId);
      expect(eventsOf('ended')).toMatchObject([{ egressId, sessionId: asked.sessionId, reason: 'stopped' }]);
      expect(await recorder.list()).toEqual([]);
      expect(readFileSync(join(destination, 'full.m3u8'), 'utf8')).toMatch(/#EXT-X-ENDLIST\n$/);
      const segments = eventsOf('segment');
      segments.slice(1).forEach(({ fromMs }, i) => {
        expect(Math.abs(fromMs - (segments[i]?.toMs ?? 0))).toBeLessThanOrEqual(2);
      });

      await recorder.stop(egressId);
      await recorder.setVoices(egressId, { keep: ['nobody'], forget: ['somebody-else'] });
      expect(existsSync(join(destination, 'voices'))).toBe(false);
      expect(await recorder.flush(egressId)).toEqual({ readableToMs: null });
      expect(eventsOf('ended')).toHaveLength(1);
    });

    it.each(['videoTrackSid', 'audioTrackSid'] as const)(
      'rejects a %s that nobody publishes',
      async (field) => {
        open();
        const wrong = { ...request(), [field]: 'TR_nobody' };
        await expect(recorder.start(wrong)).rejects.toMatchObject({ code: 'NOT_SHARING' });
        expect(await recorder.list()).toEqual([]);
        expect(events).toEqual([]);
      },
    );

    it('rejects tracks of somebody else', async () => {
      open();
      await expect(recorder.start({ ...request(), identity: 'mallory' })).rejects.toMatchObject({
        code: 'NOT_SHARING',
      });
    });

    it('ends all its recordings when it is closed, and tells only its own listeners', async () => {
      open();
      const other = setup.createRecorder();
      const others: RecorderEvent[] = [];
      other.subscribe((event) => others.push(event));
      const removed: RecorderEvent[] = [];
      recorder.subscribe((event) => removed.push(event))();
      await recorder.start(request());
      await recorder.start(request());
      await vi.waitFor(() => expect(eventsOf('started')).toHaveLength(2), setup.firstMediaMs + 10_000);
      await recorder.close();
      expect(eventsOf('ended').map(({ reason }) => reason)).toEqual(['stopped', 'stopped']);
      expect([others, removed]).toEqual([[], []]);
      await other.close();
    });

    it('ends when the share ends', async () => {
      open();
      const short = await setup.startShare();
      try {
        const asked = request(short);
        await recorder.start(asked);
        await seen('started');
        await short.unpublish();
        await seen('ended');
        expect(eventsOf('ended')).toMatchObject([{ sessionId: asked.sessionId, reason: 'share-ended' }]);
      } finally {
        await short.close();
      }
    });
  });
}

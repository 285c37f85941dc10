import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEgressPlayback, type EgressPlayback, type Workers } from '../testing/egress/egress-playback.ts';
import { trackCompositeRequest } from './egress-request.ts';
import { createEgressService, UnansweredError, type EgressService } from './egress-service.ts';

let playback: EgressPlayback;
let service: EgressService;
let share: ReturnType<EgressPlayback['share']>;

const FOLDER = 'hindsight-egress-service';

beforeAll(async () => {
  playback = await startEgressPlayback({ speed: 200, root: { egress: '/out', here: tmpdir() } });
  const { url: livekitUrl, apiKey, apiSecret } = playback;
  service = createEgressService({ livekitUrl, apiKey, apiSecret, startTimeoutSeconds: 0.5 });
  share = playback.share('room', 'alice');
});
afterAll(async () => {
  await playback.close();
  rmSync(join(tmpdir(), FOLDER), { recursive: true, force: true });
});
beforeEach(() => {
  playback.state.workers = 'ready';
});

const start = () =>
  service.start(
    trackCompositeRequest({ ...share, quality: '720p' }, { directory: `/out/${FOLDER}`, segmentMs: 4000 }),
  );
const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('starting an egress that no worker takes', () => {
  it.each<[Workers, string, RegExp]>([
    ['down', 'RECORDER_UNAVAILABLE', /no egress worker took the egress though none is running/],
    ['no-redis', 'RECORDER_UNAVAILABLE', /LiveKit has no Redis/],
    ['unreachable', 'RECORDER_UNAVAILABLE', /LiveKit cannot be reached/],
    ['wrong-key', 'RECORDER_UNAVAILABLE', /LiveKit refused the egress \(LiveKit answered 401/],
  ])('reports the cause as far as it can be found out: %s', async (workers, code, cause) => {
    playback.state.workers = workers;
    const error = await failureOf(start());
    expect(error).toMatchObject({ code });
    expect(String((error as Error).cause)).toMatch(cause);
  });

  it('reports that all workers are busy when others are recorded', async () => {
    const { egressId } = await start();
    playback.state.workers = 'busy';
    const error = await failureOf(start());
    expect(error).toMatchObject({ code: 'RECORDER_BUSY' });
    expect(String((error as Error).cause)).toMatch(/while 1 are running/);
    playback.killHandler(egressId);
  });
});

describe('stopping an egress', () => {
  it('distinguishes an egress that ends, one that had ended, one that nobody knows, and one whose worker is dead', async () => {
    const [running, over, dead] = [await start(), await start(), await start()];
    playback.killHandler(over.egressId);
    void playback.killService(dead.egressId);
    const answers = [running.egressId, over.egressId, 'EG_unknown', dead.egressId];
    expect(await Promise.all(answers.map((id) => service.stop(id)))).toEqual([
      'stopping',
      'over',
      'unknown',
      'dead',
    ]);
  });

  it('throws when LiveKit gives no answer', async () => {
    playback.state.workers = 'unreachable';
    await expect(service.stop('EG_any')).rejects.toBeInstanceOf(UnansweredError);
    await expect(service.find('EG_any')).rejects.toBeInstanceOf(UnansweredError);
    await expect(service.participant('room', 'alice')).rejects.toBeInstanceOf(UnansweredError);
  });

  it('finds nothing when there is nothing', async () => {
    expect(await service.find('EG_unknown')).toBeNull();
    expect(await service.participant('room', 'nobody')).toBeNull();
  });
});

describe('errors', () => {
  it('never contain a token, although LiveKit quotes it', async () => {
    playback.state.workers = 'wrong-key';
    const questions = [
      start(),
      service.find('EG_x'),
      service.stop('EG_x'),
      service.running(),
      service.participant('room', 'alice'),
    ];
    for (const error of await Promise.all(questions.map(failureOf))) {
      const text = inspect(error, { depth: 10, showHidden: true });
      expect(text).toContain('401');
      expect(text).not.toMatch(/eyJ/);
    }
  });
});

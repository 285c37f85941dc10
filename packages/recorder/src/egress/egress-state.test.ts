import * as fc from 'fast-check';
import { EgressStatus, WebhookEvent, type EgressInfo } from 'livekit-server-sdk';
import { describe, expect, it } from 'vitest';
import { recordedWebhooks, type RecordedEnd } from '../testing/egress/recorded.ts';
import { laterState, phaseOf, toEgressState } from './egress-state.ts';

/** Returns the states that the webhooks of a recording report, in their order. */
function reports(end: RecordedEnd): EgressInfo[] {
  return recordedWebhooks(end).flatMap(({ body }) => {
    const { egressInfo } = WebhookEvent.fromJson(JSON.parse(body), { ignoreUnknownFields: true });
    return egressInfo === undefined ? [] : [egressInfo];
  });
}

describe("an egress' state", () => {
  it('is read from what LiveKit sends: absent values, nanoseconds, its own words', () => {
    expect(reports('unpublished').map(toEgressState)).toEqual([
      { status: 0, updatedAtNs: 1795246845452751478n, firstFrameMs: null, explanation: '' },
      { status: 1, updatedAtNs: 1795246847075060226n, firstFrameMs: 1795246845900, explanation: '' },
      {
        status: 2,
        updatedAtNs: 1795246907984777039n,
        firstFrameMs: 1795246845900,
        explanation: 'End reason: Source closed',
      },
      {
        status: 3,
        updatedAtNs: 1795246908228264475n,
        firstFrameMs: 1795246845900,
        explanation: 'End reason: Source closed',
      },
    ]);
  });

  it.each<RecordedEnd>(['unpublished', 'stopped'])(
    'is the same after any order and number of the reports that came: %s',
    (end) => {
      const states = reports(end).map(toEgressState);
      const [first] = states;
      if (first === undefined) throw new Error('there are reports');
      const expected = states.reduce(laterState);
      expect(expected).toMatchObject({ status: EgressStatus.EGRESS_COMPLETE });
      const orders = fc
        .array(fc.constantFrom(...states), { maxLength: 8 })
        .chain((repeated) =>
          fc.shuffledSubarray([...states, ...repeated], { minLength: states.length + repeated.length }),
        );
      fc.assert(
        fc.property(orders, (order) => {
          expect(order.reduce(laterState)).toEqual(expected);
        }),
      );
    },
  );

  it('goes through all phases, of which the end has a while of its own', () => {
    expect(reports('unpublished').map((info) => phaseOf(toEgressState(info)))).toEqual([
      'starting',
      'active',
      'ending',
      'over',
    ]);
    expect(phaseOf(null)).toBe('starting');
  });

  it('keeps the time of the first frame though a later report has none', () => {
    const [, active, , complete] = reports('stopped').map(toEgressState);
    if (active === undefined || complete === undefined) throw new Error('there are four');
    const killed = { ...complete, status: EgressStatus.EGRESS_FAILED, firstFrameMs: null };
    expect(laterState(active, killed)).toMatchObject({
      status: EgressStatus.EGRESS_FAILED,
      firstFrameMs: active.firstFrameMs,
    });
    expect([active, killed].map(phaseOf)).toEqual(['active', 'over']);
  });
});

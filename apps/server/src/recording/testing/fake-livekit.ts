import { AppError } from '@hindsight/shared/errors';
import { ParticipantInfo, Room, TrackInfo, TrackSource } from 'livekit-server-sdk';
import type { LiveKit } from '../../voice/livekit.ts';

const SOURCES = {
  camera: TrackSource.CAMERA,
  microphone: TrackSource.MICROPHONE,
  screen: TrackSource.SCREEN_SHARE,
  screenAudio: TrackSource.SCREEN_SHARE_AUDIO,
};

type Tracks = Partial<Record<keyof typeof SOURCES, string>>;

/** This LiveKit has the participants and tracks that a test gives it. */
export class FakeLiveKit implements Omit<LiveKit, 'mintJoinToken'> {
  isDown = false;
  /** Questions about a participant are answered when this is settled. */
  answering: Promise<void> = Promise.resolve();
  /** So many questions about a participant wait for their answers, and at most so many waited at the same moment. */
  asked = 0;
  mostAsked = 0;
  private readonly mayNotShare = new Set<string>();
  private readonly present = new Map<string, Map<string, Tracks>>();

  /** Puts a participant into a room with these tracks and no others. */
  publish(room: string, identity: string, tracks: Tracks): void {
    const participants = this.present.get(room) ?? new Map<string, Tracks>();
    this.present.set(room, participants.set(identity, tracks));
  }

  leave(room: string, identity: string): void {
    this.present.get(room)?.delete(identity);
  }

  /** Its tokens are a room and an identity with a space between them. */
  async readToken(token: string): Promise<{ room: string; identity: string } | null> {
    const [room, identity] = token.split(' ');
    return room === undefined || identity === undefined ? null : { room, identity };
  }

  async participant(room: string, identity: string): Promise<ParticipantInfo | null> {
    this.requireUp();
    this.asked += 1;
    this.mostAsked = Math.max(this.mostAsked, this.asked);
    await this.answering;
    this.asked -= 1;
    const tracks = this.present.get(room)?.get(identity);
    return tracks === undefined ? null : this.toInfo(room, identity, tracks);
  }

  async participants(room: string): Promise<ParticipantInfo[]> {
    this.requireUp();
    return [...(this.present.get(room) ?? [])].map(([identity, tracks]) =>
      this.toInfo(room, identity, tracks),
    );
  }

  async rooms(): Promise<Room[]> {
    this.requireUp();
    return [...this.present.keys()].map((name) => new Room({ name }));
  }

  async removeParticipant(room: string, identity: string): Promise<void> {
    this.requireUp();
    this.leave(room, identity);
  }

  async setMayShare(room: string, identity: string, mayShare: boolean): Promise<void> {
    this.requireUp();
    this.mayNotShare[mayShare ? 'delete' : 'add'](`${room}/${identity}`);
    const { screen: _screen, screenAudio: _audio, ...others } = this.present.get(room)?.get(identity) ?? {};
    if (!mayShare && this.present.get(room)?.has(identity) === true) this.publish(room, identity, others);
  }

  private toInfo(room: string, identity: string, tracks: Tracks): ParticipantInfo {
    const canShare = !this.mayNotShare.has(`${room}/${identity}`);
    return new ParticipantInfo({
      identity,
      permission: { canPublishSources: canShare ? Object.values(SOURCES) : [SOURCES.microphone] },
      tracks: Object.entries(tracks).map(
        ([name, sid]) => new TrackInfo({ sid, source: SOURCES[name as keyof typeof SOURCES] }),
      ),
    });
  }

  private requireUp(): void {
    if (this.isDown) throw new AppError('LIVEKIT_UNAVAILABLE');
  }
}

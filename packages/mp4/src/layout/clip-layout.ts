import { FilePayload, type PayloadPart } from '../tables/payload.ts';
import { sampleSequenceOf } from './sample-sequence.ts';
import { movieHead } from '../boxes/movie-header.ts';
import { cutPictures, sectionTimes } from './picture-cut.ts';
import { PictureLayout } from './picture-layout.ts';
import type { SegmentIndex } from '../fragments/segment-index.ts';
import { SoundLayout } from './sound-layout.ts';

/** A section is media without a gap and the part of them that is wanted. Times are seconds on the session's media timeline. */
export interface LayoutSection {
  segments: readonly SegmentIndex[];
  startSeconds: number;
  durationSeconds: number;
}

/** A clip layout is the header of a finished MP4 (`head`) and the byte ranges that follow it (`parts`), in order. */
export interface ClipLayout {
  head: Buffer;
  parts: readonly PayloadPart[];
  sizeBytes: number;
  /** The presented part lasts this long. */
  durationSeconds: number;
}

/**
 * Lays sections of H.264 and Opus out as one MP4, without reading a byte of their media. The first section is decoded from
 * its keyframe on and shown exactly from its start, by an edit list. The other sections follow at once and should begin with
 * a keyframe. Missing sound is filled with silence, because players handle holes badly.
 * @param recordedAtMs the true time of the start, in epoch ms; null when nobody needs it
 * @throws RangeError when a section has no picture at its start that can be decoded
 */
export function layOutClip(
  sections: readonly LayoutSection[],
  recordedAtMs: number | null = null,
): ClipLayout {
  const sequences = sections.map(({ segments }) => {
    const runs = segments.flatMap((segment) => segment.runs);
    return { runs, video: sampleSequenceOf(runs, 'video'), audio: sampleSequenceOf(runs, 'audio') };
  });
  const audioTrack = sequences.find(({ audio }) => audio !== null)?.audio?.runs[0]?.track ?? null;
  const payload = new FilePayload();
  const pictures = new PictureLayout(payload);
  const sound = audioTrack === null ? null : new SoundLayout(payload, audioTrack);
  for (const [index, { runs, video, audio }] of sequences.entries()) {
    const section = sections[index];
    if (video === null || section === undefined) throw new RangeError('a section needs a picture');
    const cut = cutPictures(video, section, { mayHideLeadIn: index === 0 });
    const startsAt = sound?.take(audio, sectionTimes(video, cut));
    const shiftSeconds = pictures.begin(video, cut, startsAt);
    sound?.begin(shiftSeconds);
    // Runs are added in the order of the files, so that what lies together is copied together.
    for (const run of runs) {
      if (run.track.kind === 'video') pictures.add(run);
      else sound?.add(run);
    }
  }
  sound?.fillUpTo(pictures.endSeconds);

  const { timescale, durationTicks } = pictures;
  const tracks = [pictures.finish(), ...(sound === null ? [] : [sound.finish(pictures.endSeconds)])];
  const head = movieHead(tracks, {
    ...{ timescale, duration: durationTicks, recordedAtMs },
    payloadBytes: payload.sizeBytes,
  });
  return {
    head,
    parts: payload.parts,
    sizeBytes: head.length + payload.sizeBytes,
    durationSeconds: durationTicks / timescale,
  };
}

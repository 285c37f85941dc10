import { FilePayload, type PayloadPart } from '../tables/payload.ts';
import { sampleSequenceOf } from './sample-sequence.ts';
import { movieHead, type MovieTrack } from '../boxes/movie-header.ts';
import { sum } from '../fragments/movie-fragment.ts';
import { MixedSound, type MixedSection, type MixFormat } from './mixed-sound.ts';
import { cutPictures, sectionTimes } from './picture-cut.ts';
import { PictureLayout } from './picture-layout.ts';
import type { SegmentIndex } from '../fragments/segment-index.ts';
import { PREROLL_SECONDS, SoundLayout } from './sound-layout.ts';

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
  const sequences = sequencesOf(sections);
  const audioTrack = sequences.find(({ audio }) => audio !== null)?.audio?.runs[0]?.track ?? null;
  const payload = new FilePayload();
  const pictures = new PictureLayout(payload);
  const sound = audioTrack === null ? null : new SoundLayout(payload, audioTrack);
  for (const { section, runs, video, audio } of sequences) {
    const cut = cutPictures(video, section, { mayHideLeadIn: section === sections[0] });
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
  return finish(payload, pictures, sound?.finish(pictures.endSeconds) ?? null, recordedAtMs);
}

/** A clip with mixed sound, and what has to be mixed for it. */
export interface MixedClipLayout extends ClipLayout {
  mixed: {
    /** The sections of the clip, in their order. */
    sections: readonly MixedSection[];
    packetCount: number;
  };
}

/**
 * Lays sections out as `layOutClip` does, but with sound that is mixed later, into the files that `format` names. The
 * sections' own sound is one of the sources of that mix, and no part of the layout.
 * @throws RangeError when a section has no picture at its start that can be decoded
 */
export function layOutMixedClip(
  sections: readonly LayoutSection[],
  recordedAtMs: number | null,
  format: MixFormat,
): MixedClipLayout {
  const payload = new FilePayload();
  const pictures = new PictureLayout(payload);
  const sound = new MixedSound(payload, format);
  let presentedFrom = 0;
  for (const { section, runs, video } of sequencesOf(sections)) {
    const isFirst = section === sections[0];
    const cut = cutPictures(video, section, { mayHideLeadIn: isFirst });
    const { decodedFrom, from, to } = sectionTimes(video, cut);
    const shiftSeconds = pictures.begin(video, cut, Math.min(decodedFrom, from - PREROLL_SECONDS));
    if (isFirst) presentedFrom = from + shiftSeconds;
    sound.begin({
      fromSeconds: isFirst ? 0 : from + shiftSeconds,
      toSeconds: to + shiftSeconds,
      shiftSeconds,
    });
    for (const run of runs) {
      if (run.track.kind !== 'video') continue;
      pictures.add(run);
      const ticks = run.decodeTime + sum(run.durations);
      sound.fillUpTo(Math.min(ticks / run.track.timescale + shiftSeconds, pictures.endSeconds));
    }
  }
  sound.fillUpTo(pictures.endSeconds);
  const layout = finish(payload, pictures, sound.finish(presentedFrom), recordedAtMs);
  return { ...layout, mixed: { sections: sound.sections, packetCount: sound.packetCount } };
}

function sequencesOf(sections: readonly LayoutSection[]) {
  return sections.map((section) => {
    const runs = section.segments.flatMap((segment) => segment.runs);
    const video = sampleSequenceOf(runs, 'video');
    if (video === null) throw new RangeError('a section needs a picture');
    return { section, runs, video, audio: sampleSequenceOf(runs, 'audio') };
  });
}

function finish(
  payload: FilePayload,
  pictures: PictureLayout,
  sound: MovieTrack | null,
  recordedAtMs: number | null,
): ClipLayout {
  const { timescale, durationTicks } = pictures;
  const tracks = [pictures.finish(), ...(sound === null ? [] : [sound])];
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

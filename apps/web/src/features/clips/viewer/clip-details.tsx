import type { ClipDto } from '@hindsight/shared/clips/clip';
import { formatBytes } from '../../../format/format-bytes.ts';
import { formatMoment } from '../../../format/format-date.ts';
import { formatClipLength } from '../../../format/format-length.ts';
import classes from './clip-view.module.css';

const CODEC_NAMES: Record<string, string> = {
  h264: 'H.264',
  hevc: 'H.265',
  vp8: 'VP8',
  vp9: 'VP9',
  av1: 'AV1',
  opus: 'Opus',
  aac: 'AAC',
};

function codecName(codec: string | null): string | null {
  return codec === null ? null : (CODEC_NAMES[codec.toLowerCase()] ?? codec);
}

/** Says who is heard beside the share; null when it is the share alone. */
function voicesText({ voices = [], isSoundIncomplete = false }: ClipDto): string | null {
  if (voices.length === 0) return null;
  const names = voices.join(', ');
  return isSoundIncomplete ? `${names} (missing for some seconds, because mixing them failed)` : names;
}

/** Says who took their voice out of the clip; null when nobody did. */
function takenOutText({ takenOutVoices = [] }: ClipDto): string | null {
  return takenOutVoices.length === 0 ? null : takenOutVoices.join(', ');
}

/** Shows what a clip is, and where and when it was recorded. */
export function ClipDetails({ clip }: { clip: ClipDto }) {
  const { width, height } = clip;
  const codecs = [codecName(clip.videoCodec), codecName(clip.audioCodec)].filter((name) => name !== null);
  const details: [string, string | null][] = [
    ['Length', formatClipLength(clip.durationMs)],
    ['Size', formatBytes(clip.sizeBytes)],
    ['Channel', clip.channelName ?? 'no longer there'],
    ['Recorded', formatMoment(clip.from)],
    ['Picture', width !== null && height !== null ? `${width} × ${height}` : null],
    ['Codecs', codecs.length > 0 ? codecs.join(', ') : null],
    ['Voices', voicesText(clip)],
    ['Took their voice out', takenOutText(clip)],
    ['Sound', clip.isMixing === true ? 'is being mixed anew' : null],
  ];
  return (
    <dl className={classes.details}>
      {details
        .filter(([, value]) => value !== null)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

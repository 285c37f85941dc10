import { Text } from '@mantine/core';
import { useMemo, useState, type ReactNode } from 'react';
import { MIN_CLIP_MS, titleSchema } from '@hindsight/shared/clips/clip';
import { LEAST_GAIN_DB, type CaptureLevels } from '@hindsight/shared/clips/clip-voices';
import type { Preview } from '@hindsight/shared/replay/preview';
import { SECOND } from '@hindsight/shared/units';
import { formatLength } from '../../format/format-length.ts';
import { AS_SENT, gainDbOf, SHARE_KEY, soundsAs, toInput } from '../../domain/sound/source-levels.ts';
import { RangeTimeline } from '../../domain/timeline/range-timeline.tsx';
import { VoiceLanes } from '../../domain/timeline/voice-lanes.tsx';
import { setEdgeAt, type RangeEdge, type TimeRange } from '../../domain/timeline/time-range.ts';
import { useRangeKeys } from '../../domain/timeline/use-range-keys.ts';
import {
  canHaveVoices,
  costBytes,
  keptPart,
  obstacleTo,
  pictureMs,
  toBufferTimeline,
} from './buffer-timeline.ts';
import classes from './capture-editor.module.css';
import { LevelsField } from './levels-field.tsx';
import { MarkerList } from './timeline/marker-list.tsx';
import { firstRange } from './range/range-presets.ts';
import { PreviewStage } from './preview/preview-stage.tsx';
import { RangeFields } from './range/range-fields.tsx';
import { SavePanel } from './save-panel.tsx';
import { TimelineBackdrop } from './timeline/timeline-backdrop.tsx';
import { useKeptFrom } from './use-kept-from.ts';
import { usePeaks } from './timeline/use-peaks.ts';
import { useVoiceLanes } from './timeline/use-voice-lanes.ts';
import { usePreviewPlayer } from './preview/use-preview-player.ts';
import { useFrameStepKeys } from './preview/use-frame-step-keys.ts';

/** This is what the dialog asks the server to save. */
export interface RangeChoice {
  from: string;
  to: string;
  title?: string;
  /** The clip's sound is mixed at these levels; without them, as it was sent. */
  levels?: CaptureLevels;
  /** The length counts only the picture in the range. */
  expectedMs: number;
  /** The still is a picture from the middle of the range; null without one. */
  stillUrl: string | null;
  /** This is the `timeStamp` of the press. */
  pressedAt: number;
}

export interface CaptureEditorProps {
  channelId: string;
  preview: Preview;
  /** The node is the field for where the clip goes. */
  target: ReactNode;
  isSaving: boolean;
  onSave: (choice: RangeChoice) => void;
  onManageClips: () => void;
}

/** Shows a frozen buffer, of which a person chooses a part. */
export function CaptureEditor(props: CaptureEditorProps) {
  const { channelId, preview, target, isSaving, onSave, onManageClips } = props;
  const timeline = useMemo(() => toBufferTimeline(preview), [preview]);
  const { durationMs, pieces, ranges, gaps } = timeline;
  const limits = { durationMs, minLengthMs: Math.min(MIN_CLIP_MS, durationMs) };
  const [range, setRange] = useState<TimeRange>(() => firstRange(durationMs));
  const [markers, setMarkers] = useState(timeline.markers);
  const [title, setTitle] = useState('');
  const [levels, setLevels] = useState(AS_SENT);
  const { attach, ...player } = usePreviewPlayer({
    playlistUrl: preview.playlistUrl,
    pieces,
    startAtMs: firstRange(durationMs)[0],
  });
  const keys = useMemo(() => pieces.map(({ key }) => key), [pieces]);
  const peaks = usePeaks(channelId, keys);
  const originAt = Date.parse(preview.from);
  const lanes = useVoiceLanes(channelId, { originAt, durationMs, pieces }, peaks);
  const sourceKeys = lanes.map(({ key }) => key);
  const keptFrom = useKeptFrom(timeline);
  const isMixed = canHaveVoices(pieces, range);
  const kept = keptPart(range, keptFrom, limits.minLengthMs);
  const lost = keptFrom > 0 ? [{ fromMs: 0, toMs: keptFrom }] : [];

  const setEdge = (edge: RangeEdge) =>
    setRange((before) => setEdgeAt(before, edge, Math.round(player.playheadMs), limits));
  useRangeKeys({ onSet: setEdge, onTogglePlay: () => player.togglePlay(range) });
  useFrameStepKeys(player.step);

  function save(pressedAt: number): void {
    if (kept === null) return;
    const [from, to] = kept.map((ms) => new Date(originAt + ms).toISOString());
    const middleMs = (kept[0] + kept[1]) / 2;
    const middle = pieces.find(({ toMs }) => middleMs < toMs);
    const named = titleSchema.safeParse(title);
    if (from === undefined || to === undefined) return;
    onSave({
      from,
      to,
      ...(named.success ? { title: named.data } : {}),
      ...(!isMixed || soundsAs(levels, AS_SENT, sourceKeys) ? {} : { levels: toInput(levels, sourceKeys) }),
      expectedMs: pictureMs(ranges, kept),
      stillUrl: middle === undefined ? null : `${preview.piecesUrl}${middle.key}/still.jpg`,
      pressedAt,
    });
  }

  return (
    <div className={classes.editor}>
      <PreviewStage
        attach={attach}
        player={player}
        range={range}
        volume={volumeOf(gainDbOf(levels, SHARE_KEY))}
        onSetEdge={setEdge}
      />
      <div className={classes.timeline}>
        <RangeTimeline
          durationMs={durationMs}
          value={range}
          onChange={(changed, moved) => {
            setRange(changed);
            player.seek(changed[moved === 'in' ? 0 : 1]);
          }}
          minLengthMs={limits.minLengthMs}
          stepMs={SECOND}
          shiftStepMs={SECOND / 10}
          playheadMs={player.playheadMs}
          onSeek={player.seek}
          gaps={[...lost, ...gaps]}
          markers={markers}
        >
          <TimelineBackdrop
            pieces={pieces}
            durationMs={durationMs}
            peaks={peaks}
            piecesUrl={preview.piecesUrl}
          />
        </RangeTimeline>
        <div className={classes.lanes}>
          <VoiceLanes
            lanes={lanes}
            durationMs={durationMs}
            playheadMs={player.playheadMs}
            onSeek={player.seek}
            {...(isMixed ? { mix: { levels, onChange: setLevels } } : {})}
          />
          {lanes.length > 0 && isMixed && (
            <LevelsField sources={lanes} levels={levels} onChange={setLevels} />
          )}
          {!isMixed && (
            <Text size="sm" role="status">
              This clip will have the sound of your share alone, without voices: part of it is in a form that
              can’t be mixed.
            </Text>
          )}
        </div>
        {keptFrom > 0 && (
          <Text size="sm" className={classes.lost} role="status">
            The first {formatLength(keptFrom)} are no longer kept.
          </Text>
        )}
        <RangeFields
          range={range}
          limits={limits}
          lengthMs={pictureMs(ranges, range)}
          originAt={originAt}
          onChange={(changed) => {
            player.seek(changed[0] === range[0] ? changed[1] : changed[0]);
            setRange(changed);
          }}
        />
        <MarkerList markers={markers} onSeek={player.seek} onChange={setMarkers} />
      </div>
      <div className={classes.side}>
        <SavePanel
          title={title}
          onTitle={setTitle}
          target={target}
          costBytes={costBytes(pieces, kept ?? range)}
          availableBytes={preview.availableQuotaBytes}
          obstacle={obstacleTo(timeline, kept, {
            availableBytes: preview.availableQuotaBytes,
            minLengthMs: limits.minLengthMs,
          })}
          isSaving={isSaving}
          onSave={save}
          onManageClips={onManageClips}
        />
      </div>
    </div>
  );
}

/** Returns how loud the preview plays the share, from 0 to 1: a browser makes nothing louder than it was sent. */
function volumeOf(gainDb: number): number {
  return gainDb <= LEAST_GAIN_DB ? 0 : Math.min(1, 10 ** (gainDb / 20));
}

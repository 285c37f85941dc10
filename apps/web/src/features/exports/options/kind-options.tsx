import { Button, Checkbox, SegmentedControl, Slider, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import { MAX_ANIMATION_MS } from '@hindsight/shared/clips/export';
import { presentError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';
import { announceError } from '../../../ui/announce-error.ts';
import { cropOfShape } from '../crop-of-shape.ts';
import classes from '../export-dialog.module.css';
import { ChatOptions } from './chat-options.tsx';
import { CropFrame } from './crop-frame.tsx';
import { MomentPicture } from './moment-picture.tsx';
import type { ExportChoices } from './use-export-options.ts';

interface KindOptionsProps {
  clip: ClipDto;
  choices: ExportChoices;
  change: (changes: Partial<ExportChoices>) => void;
}

/** Shows the one or two things that one sets for the chosen kind of export. */
export function KindOptions({ clip, choices, change }: KindOptionsProps) {
  const picture = {
    videoUrl: clip.videoUrl ?? '',
    durationMs: clip.durationMs,
    atMs: choices.atMs,
    onChange: (atMs: number) => change({ atMs }),
  };
  switch (choices.kind) {
    case 'chat':
      return (
        <ChatOptions limitBytes={choices.limitBytes} onChange={(limitBytes) => change({ limitBytes })} />
      );
    case 'editing':
      return <EditingOptions clip={clip} choices={choices} change={change} />;
    case 'crop': {
      const [width, height] = [clip.width ?? 16, clip.height ?? 9];
      const crop = cropOfShape({ width, height }, choices.shape, choices.position);
      return (
        <>
          <SegmentedControl
            className={classes.choice}
            aria-label="Shape"
            data={[
              { value: 'upright', label: 'Upright 9:16' },
              { value: 'square', label: 'Square' },
            ]}
            value={choices.shape}
            onChange={(shape) => change({ shape })}
          />
          <MomentPicture {...picture} label="Picture">
            <CropFrame
              {...{ crop, width, height }}
              position={choices.position}
              onMove={(position) => change({ position })}
            />
          </MomentPicture>
        </>
      );
    }
    case 'sound':
      return <Text c="dimmed">The whole sound of the clip, as a file that every player knows.</Text>;
    case 'still':
      return (
        <>
          <SegmentedControl
            className={classes.choice}
            aria-label="Format"
            data={[
              { value: 'png', label: 'PNG' },
              { value: 'jpeg', label: 'JPEG' },
            ]}
            value={choices.stillFormat}
            onChange={(stillFormat) => change({ stillFormat })}
          />
          <MomentPicture {...picture} label="Picture" />
          <UsePoster clip={clip} atMs={choices.atMs} />
        </>
      );
    case 'animation':
      return (
        <>
          <SegmentedControl
            className={classes.choice}
            aria-label="Format"
            data={[
              { value: 'webp', label: 'WebP' },
              { value: 'gif', label: 'GIF' },
            ]}
            value={choices.animationFormat}
            onChange={(animationFormat) => change({ animationFormat })}
          />
          <MomentPicture {...picture} label="Start" />
          <AnimationLength clip={clip} choices={choices} change={change} />
        </>
      );
  }
}

/** Makes the picture that is chosen what stands for the clip in the library and in messages. */
function UsePoster({ clip, atMs }: { clip: ClipDto; atMs: number }) {
  const update = trpc.clip.updatePoster.useMutation({
    onSuccess: () => notifications.show({ message: 'The clip has a new poster', color: 'teal' }),
    onError: (error) => announceError(presentError(error)),
  });
  return (
    <Button
      className={classes.choice}
      variant="default"
      loading={update.isPending}
      onClick={() => update.mutate({ clipId: clip.id, atMs })}
    >
      Use as poster
    </Button>
  );
}

function EditingOptions({ clip, choices, change }: KindOptionsProps) {
  return (
    <>
      <div className={classes.row}>
        <SegmentedControl
          aria-label="Pictures a second"
          data={[
            { value: 'auto', label: 'Rate of the clip' },
            { value: '30', label: '30' },
            { value: '60', label: '60' },
          ]}
          value={choices.rate}
          onChange={(rate) => change({ rate })}
        />
        <SegmentedControl
          aria-label="Sound"
          data={[
            { value: 'aac', label: 'AAC' },
            { value: 'pcm', label: 'PCM' },
          ]}
          value={choices.sound}
          onChange={(sound) => change({ sound })}
        />
      </div>
      {typeof clip.tracksUrl === 'string' && (
        <Checkbox
          className={classes.choice}
          label="Separate tracks"
          description="After the mixed sound come your share and each voice, with their names."
          checked={choices.hasSeparateTracks}
          onChange={({ currentTarget }) => change({ hasSeparateTracks: currentTarget.checked })}
        />
      )}
    </>
  );
}

function AnimationLength({ clip, choices, change }: KindOptionsProps) {
  return (
    <div className={classes.moment}>
      <Text span>Length</Text>
      <Slider
        className={classes.slider}
        thumbLabel="Length"
        min={500}
        max={Math.min(MAX_ANIMATION_MS, clip.durationMs)}
        step={500}
        value={choices.lengthMs}
        label={null}
        onChange={(lengthMs) => change({ lengthMs })}
      />
      <span className="tabular">{(choices.lengthMs / 1000).toFixed(1)} s</span>
    </div>
  );
}

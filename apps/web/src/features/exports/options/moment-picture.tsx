import { Slider, Text } from '@mantine/core';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { formatPreciseLength } from '../../../format/format-length.ts';
import classes from '../export-dialog.module.css';

const STEP_MS = 100;

/** Shows the picture of a clip at a moment, which one chooses below it. */
export function MomentPicture({
  videoUrl,
  durationMs,
  atMs,
  label,
  onChange,
  children,
}: {
  videoUrl: string;
  durationMs: number;
  atMs: number;
  label: string;
  onChange: (atMs: number) => void;
  /** What lies over the picture. */
  children?: ReactNode;
}) {
  const video = useRef<HTMLVideoElement>(null);
  /** The address may change while the dialog is open, and the picture needn't. */
  const [url] = useState(videoUrl);
  useEffect(() => {
    if (video.current !== null) video.current.currentTime = atMs / 1000;
  }, [atMs]);
  return (
    <div>
      <div className={classes.picture}>
        <video
          ref={video}
          src={url}
          muted
          playsInline
          preload="auto"
          aria-hidden
          onLoadedMetadata={({ currentTarget }) => {
            currentTarget.currentTime = atMs / 1000;
          }}
        />
        {children}
      </div>
      <div className={classes.moment}>
        <Text span>{label}</Text>
        <Slider
          className={classes.slider}
          thumbLabel={label}
          min={0}
          max={durationMs}
          step={STEP_MS}
          value={atMs}
          label={null}
          onChange={onChange}
        />
        <span className="tabular">{formatPreciseLength(atMs)}</span>
      </div>
    </div>
  );
}

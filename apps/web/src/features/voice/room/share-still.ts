const STILL_WIDTH = 320;

export interface PictureSize {
  width: number;
  height: number;
}

/** Keeps a muted player on a share, so that a still can be taken at any moment without waiting for a frame. */
export interface ShareStill {
  /** @param onSize is told the size of the picture, at first and after each change */
  watch(track: MediaStreamTrack | null, onSize?: (size: PictureSize) => void): void;
  /** Returns a small JPEG as a data URL, within a few milliseconds; null while nothing is watched. */
  take(): string | null;
}

export function createShareStill(): ShareStill {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  let tellSize: ((size: PictureSize) => void) | undefined;
  video.addEventListener('resize', () => {
    if (video.srcObject !== null) tellSize?.({ width: video.videoWidth, height: video.videoHeight });
  });

  return {
    watch(track, onSize) {
      tellSize = onSize;
      video.srcObject = track === null ? null : new MediaStream([track]);
      // Rejects when the share ends before it played: there is no still then.
      if (track !== null) video.play().catch(() => undefined);
    },
    take() {
      if (video.srcObject === null || video.videoWidth === 0) return null;
      const canvas = document.createElement('canvas');
      canvas.width = STILL_WIDTH;
      canvas.height = Math.round((STILL_WIDTH * video.videoHeight) / video.videoWidth);
      canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height);
      return canvas.toDataURL('image/jpeg', 0.75);
    },
  };
}

import type { AppEvents } from '../events/events.ts';
import { createFfmpeg } from '../ffmpeg/ffmpeg.ts';
import type { Log } from '../log.ts';
import { createMarkers, type Markers } from '../markers/markers.service.ts';
import { createPreview, type PreviewDeps, type PreviewService } from './preview.service.ts';
import { createConversions } from './conversions.ts';
import { createSketches } from './sketches.ts';

interface PreviewsDependencies extends Omit<PreviewDeps, 'sketches' | 'conversions'> {
  events: Pick<AppEvents, 'emit'>;
  log: Log;
  ffmpegPath: string;
  ffprobePath: string;
}

/** The rest of the server uses these previews and markers. */
export interface Previews {
  preview: PreviewService;
  markers: Markers;
  /** Deletes markers and cached sketches whose pieces are gone. A periodic job calls it. */
  sweep(): Promise<void>;
  close(): Promise<void>;
}

export function createPreviews({
  events,
  log,
  ffmpegPath,
  ffprobePath,
  ...dependencies
}: PreviewsDependencies): Previews {
  const ffmpeg = createFfmpeg({ ffmpegPath, ffprobePath });
  const sketches = createSketches({ ffmpeg, log });
  const conversions = createConversions(ffmpeg);
  const markers = createMarkers({ ...dependencies, events });
  return {
    preview: createPreview({ ...dependencies, sketches, conversions }),
    markers,
    async sweep() {
      await Promise.all([sketches.sweep(), markers.sweep(Date.now())]);
    },
    async close() {
      await Promise.all([sketches.close(), conversions.close()]);
    },
  };
}

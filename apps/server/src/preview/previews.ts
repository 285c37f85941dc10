import type { AppEvents } from '../events/events.ts';
import { createFfmpeg } from '../ffmpeg/ffmpeg.ts';
import type { Log } from '../log.ts';
import type { VoiceLanes } from '../buffer/voice-lanes.ts';
import type { MixThreads } from '../capture/mix/mix-threads.ts';
import { createKeptMicrophones } from '../capture/plan/kept-microphones.ts';
import type { VoiceConsentRules } from '../consent/voice-consent.ts';
import { createMarkers, type Markers } from '../markers/markers.service.ts';
import { createPreview, type PreviewDeps, type PreviewService } from './preview.service.ts';
import { createConversions } from './conversions.ts';
import { createSketches } from './sketches.ts';
import { createVoicePeaks, type VoicePeaksService } from './voice-peaks.ts';

interface PreviewsDependencies extends Omit<PreviewDeps, 'sketches' | 'conversions'> {
  events: Pick<AppEvents, 'emit'>;
  lanes: Pick<VoiceLanes, 'list'>;
  consent: Pick<VoiceConsentRules, 'allowedIn'>;
  mixThreads: Pick<MixThreads, 'loudness'>;
  log: Log;
  ffmpegPath: string;
  ffprobePath: string;
}

/** The rest of the server uses these previews and markers. */
export interface Previews {
  preview: PreviewService;
  voicePeaks: VoicePeaksService;
  markers: Markers;
  /** Deletes markers and cached sketches and loudness whose pieces are gone. A periodic job calls it. */
  sweep(): Promise<void>;
  close(): Promise<void>;
}

export function createPreviews({
  events,
  lanes,
  consent,
  mixThreads,
  log,
  ffmpegPath,
  ffprobePath,
  ...dependencies
}: PreviewsDependencies): Previews {
  const ffmpeg = createFfmpeg({ ffmpegPath, ffprobePath });
  const sketches = createSketches({ ffmpeg, log });
  const conversions = createConversions(ffmpeg);
  const markers = createMarkers({ ...dependencies, events });
  const microphones = createKeptMicrophones({ lanes, consent });
  const voicePeaks = createVoicePeaks({ ...dependencies, microphones, thread: mixThreads });
  return {
    voicePeaks,
    preview: createPreview({ ...dependencies, sketches, conversions }),
    markers,
    async sweep() {
      await Promise.all([sketches.sweep(), voicePeaks.sweep(), markers.sweep(Date.now())]);
    },
    async close() {
      await Promise.all([sketches.close(), conversions.close()]);
    },
  };
}

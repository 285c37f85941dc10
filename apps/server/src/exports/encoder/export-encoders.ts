import { rm } from 'node:fs/promises';
import { AppError } from '@hindsight/shared/errors';
import { SECOND } from '@hindsight/shared/units';
import type { Ffmpeg } from '../../ffmpeg/ffmpeg.ts';
import type { Log } from '../../log.ts';
import type { ObjectStorage } from '../../storage/storage.port.ts';
import { checkEncoder, makeCheckPictures } from './encoder-check.ts';
import { X264, type VideoEncoder } from './video-encoder.ts';

/** The start of a server has better things to do, and recordings begin again then. */
const CHECK_DELAY_MS = 30 * SECOND;
/** An encoder that failed this many times isn't tried again until the next start. */
const MAX_FAILURES = 3;
/** The log has the first lines of what an encoder said. */
const REASON_CHARACTERS = 300;

interface ExportEncodersDependencies {
  ffmpeg: Pick<Ffmpeg, 'run' | 'probe'>;
  storage: Pick<ObjectStorage, 'makeTempDir'>;
  /** They are tried in this order. */
  candidates: readonly VideoEncoder[];
  log: Pick<Log, 'info' | 'warn'>;
}

export type ExportEncoders = ReturnType<typeof createExportEncoders>;

/**
 * Chooses the encoder of exports that need not keep to a size: the first of several that passes a check, and x264 when none does.
 * The check runs a while after the start, or when the first export needs it.
 */
export function createExportEncoders({ ffmpeg, storage, candidates, log }: ExportEncodersDependencies) {
  const closed = new AbortController();
  const failures = new Map<VideoEncoder, number>();
  let choice: Promise<VideoEncoder> | null = null;

  async function firstThatPasses(refused: Record<string, string>): Promise<VideoEncoder> {
    const directory = await storage.makeTempDir();
    try {
      const context = { ffmpeg, directory, signal: closed.signal };
      const pictures = await makeCheckPictures(context);
      for (const encoder of candidates) {
        if ((failures.get(encoder) ?? 0) >= MAX_FAILURES) continue;
        try {
          await checkEncoder(encoder, pictures, context);
          return encoder;
        } catch (error) {
          closed.signal.throwIfAborted();
          refused[encoder.name] = reasonOf(error);
        }
      }
      return X264;
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  async function choose(): Promise<VideoEncoder> {
    if (candidates.length === 0) return X264;
    const refused: Record<string, string> = {};
    try {
      const encoder = await firstThatPasses(refused);
      log.info({ encoder: encoder.name, refused }, 'encoder of exports chosen');
      return encoder;
    } catch (error) {
      if (!closed.signal.aborted) log.warn({ err: error }, 'encoders of exports could not be checked');
      return X264;
    }
  }

  const best = (): Promise<VideoEncoder> => (choice ??= choose());
  const timer = setTimeout(() => void best(), CHECK_DELAY_MS).unref();

  return {
    /** Returns the encoder to use. It never fails. */
    best,

    /** Notes that an encoder failed. It is checked again before the next export. */
    failed(encoder: VideoEncoder, error: unknown): void {
      log.warn({ encoder: encoder.name, err: error }, 'an encoder failed in an export, which x264 makes now');
      failures.set(encoder, (failures.get(encoder) ?? 0) + 1);
      choice = null;
    },

    /** Ends a check that is under way. */
    async close(): Promise<void> {
      clearTimeout(timer);
      closed.abort();
      await choice;
    },
  };
}

function reasonOf(error: unknown): string {
  const source = error instanceof AppError && error.cause instanceof Error ? error.cause : error;
  return (source instanceof Error ? source.message : String(source)).slice(0, REASON_CHARACTERS);
}

import type { FileTrack } from '@hindsight/mp4/tables/movie-tracks';
import type { RunOptions } from '../../ffmpeg/ffmpeg.ts';
import type { ClipFacts, SeparateTrack } from '../plan/clip-facts.ts';
import type { ChatSource } from './chat-args.ts';
import type { Labels } from './steady-args.ts';

/** What an export is made of, and where. */
export interface Making {
  source: ChatSource;
  /** The tracks of the source. */
  movie: readonly FileTrack[];
  facts: ClipFacts;
  /** The sounds that the clip's was mixed of, in a file of their own; none unless they are wanted. */
  separate: { path: string; tracks: readonly SeparateTrack[] };
  labels: Labels;
  /** The directory is empty, for files that aren't finished. */
  directory: string;
  /** Receives how much of the work is done, from 0 to 1. */
  report: (fraction: number) => void;
}

export interface MakeContext extends Making {
  /** Returns how a command is run that tells how much of the clip it has been through. */
  run: (onPart?: (part: number) => void) => RunOptions;
}

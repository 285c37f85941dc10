import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { hasCode } from '@hindsight/shared/error-code';
import { idSchema } from '@hindsight/shared/ids';
import { MiB } from '@hindsight/shared/units';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { ClipLayout } from '@hindsight/mp4/layout/clip-layout';
import { partLength, type PayloadPart } from '@hindsight/mp4/tables/payload';
import type { LayoutBytes } from '@hindsight/mp4/layout/layout-reader';
import { forceToDisk } from '../../storage/force-to-disk.ts';

const FOLDER = 'held';
const HEAD = 'head.mp4';
const PARTS = 'parts.json';
/** Of what was read or held last: each range of a clip that is played asks for its layout. */
const MAX_KNOWN_BYTES = 32 * MiB;
/** Of a part, and of all else of a clip. */
const OVERHEAD_BYTES = 200;

/** The media of a clip that isn't written yet. */
export interface PinnedClip extends LayoutBytes {
  sizeBytes: number;
}

export type PinnedSegments = ReturnType<typeof createPinnedSegments>;

/** The list of parts says which one it is: a clip that is held again has another. */
interface KnownClip {
  clip: PinnedClip;
  state: string;
}

/** A part as it is kept: bytes of a held piece, or bytes themselves. */
const partsSchema = z.array(
  z.union([
    z.object({ piece: z.string().regex(/^\d+$/), offset: z.number().int(), length: z.number().int() }),
    z.object({ base64: z.base64() }),
  ]),
);

/**
 * The media of accepted clips whose files aren't written yet, one directory a clip under the buffer's root: hard links to
 * its pieces, which retention can then take out of the buffer without taking them from the clip, and its layout. It gets its
 * name when it is complete, and stays as it is until it is released.
 */
export function createPinnedSegments({ bufferDir }: { bufferDir: string }) {
  const root = join(bufferDir, FOLDER);
  const directoryOf = (clipId: string) => join(root, idSchema.parse(clipId));
  const known = new LRUCache<string, KnownClip>({
    maxSize: MAX_KNOWN_BYTES,
    sizeCalculation: ({ clip }) => clip.head.length + (clip.parts.length + 1) * OVERHEAD_BYTES,
  });

  async function stateOf(clipId: string): Promise<string> {
    const { ino, mtimeMs } = await stat(join(directoryOf(clipId), PARTS));
    return `${ino} ${mtimeMs}`;
  }

  return {
    /**
     * Keeps what a layout needs, in the place of what an earlier try held.
     * @param isOurs whether the clip is still this server's to make: one that hung was taken for gone, and another may hold
     *   it by now. Asked when all is ready but the name.
     * @returns false when it isn't; nothing has changed then
     * @throws the file system's ENOENT when a piece is gone
     */
    async pin(clipId: string, layout: ClipLayout, isOurs: () => Promise<boolean>): Promise<boolean> {
      const directory = `${directoryOf(clipId)}.${randomUUID()}`;
      await mkdir(directory, { recursive: true });
      try {
        const clip = await fill(directory, layout, directoryOf(clipId));
        if (!(await isOurs())) return false;
        await rm(directoryOf(clipId), { recursive: true, force: true });
        await rename(directory, directoryOf(clipId));
        const [state] = await Promise.all([
          stateOf(clipId),
          forceToDisk(directoryOf(clipId)),
          forceToDisk(root),
        ]);
        known.set(clipId, { clip, state });
        return true;
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },

    /** What is held of a clip; null when nothing (any more). */
    async open(clipId: string): Promise<PinnedClip | null> {
      try {
        const state = await stateOf(clipId);
        const last = known.get(clipId);
        if (last?.state === state) return last.clip;
        const clip = await read(directoryOf(clipId));
        known.set(clipId, { clip, state });
        return clip;
      } catch (error) {
        known.delete(clipId);
        if (hasCode(error, 'ENOENT')) return null;
        throw error;
      }
    },

    /** Lets go of what is held of a clip, and of what tries that were cut short left of it. */
    async release(clipId: string): Promise<void> {
      const id = idSchema.parse(clipId);
      const names = (await namesIn(root)).filter((name) => clipIdOf(name) === id);
      for (const name of names) await rm(join(root, name), { recursive: true, force: true });
    },

    /** Clips of which something is held, whole or not. */
    async clipIds(): Promise<string[]> {
      const ids = (await namesIn(root)).map(clipIdOf).filter((id) => idSchema.safeParse(id).success);
      return [...new Set(ids)];
    },
  };
}

/** A clip's directory is named by its id, and until it is complete by that and something of its own. */
function clipIdOf(name: string): string {
  return name.split('.')[0] ?? '';
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

async function read(directory: string): Promise<PinnedClip> {
  const [head, list] = await Promise.all([
    readFile(join(directory, HEAD)),
    readFile(join(directory, PARTS), 'utf8'),
  ]);
  const parts = partsSchema
    .parse(JSON.parse(list))
    .map((part): PayloadPart =>
      'base64' in part
        ? { bytes: Buffer.from(part.base64, 'base64') }
        : { path: join(directory, part.piece), offset: part.offset, length: part.length },
    );
  return { head, parts, sizeBytes: parts.reduce((sum, part) => sum + partLength(part), head.length) };
}

/** @returns the clip as it can be read when the directory has the name that it is to get */
async function fill(directory: string, layout: ClipLayout, finalName: string): Promise<PinnedClip> {
  const { head, parts, sizeBytes } = layout;
  const names = new Map<string, string>();
  const nameOf = (path: string): string => {
    const name = names.get(path) ?? String(names.size);
    names.set(path, name);
    return name;
  };
  const kept = parts.map((part): z.input<typeof partsSchema>[number] =>
    'bytes' in part
      ? { base64: part.bytes.toString('base64') }
      : { piece: nameOf(part.path), offset: part.offset, length: part.length },
  );
  await Promise.all([
    ...[...names].map(([path, name]) => linkOrCopy(path, join(directory, name))),
    writeDurably(join(directory, HEAD), head),
    writeDurably(join(directory, PARTS), JSON.stringify(kept)),
  ]);
  return {
    head,
    parts: parts.map((part) =>
      'bytes' in part ? part : { ...part, path: join(finalName, nameOf(part.path)) },
    ),
    sizeBytes,
  };
}

/**
 * Names the content of a layout: equal only for the same head and the same stretches of the same pieces, whose names are
 * never used again.
 */
export function layoutEtag({ head, parts }: LayoutBytes): string {
  const hash = createHash('sha256').update(head);
  for (const part of parts) {
    if ('bytes' in part) hash.update(part.bytes);
    else
      hash.update(`\n${basename(dirname(part.path))}/${basename(part.path)}:${part.offset}+${part.length}\n`);
  }
  return hash.digest('hex');
}

/** What a file system answers that knows no hard links, or not to this file. */
const NO_LINK = ['EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS'];

async function linkOrCopy(path: string, target: string): Promise<void> {
  try {
    await link(path, target);
  } catch (error) {
    if (!hasCode(error, ...NO_LINK)) throw error;
    await copyFile(path, target, constants.COPYFILE_FICLONE);
  }
}

async function writeDurably(path: string, content: Buffer | string): Promise<void> {
  await using file = await open(path, 'w');
  await file.writeFile(content);
  await file.sync();
}

import { resolve, sep } from 'node:path';

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const IS_UUID = new RegExp(`^${UUID}$`);
const IS_SEGMENT_PATH = new RegExp(`^${UUID}/${UUID}/${UUID}$`);

/** Says whether a directory's name can be one of ours. Other names under the buffer root are never touched. */
export function isIdName(name: string): boolean {
  return IS_UUID.test(name);
}

/** Returns where a session's buffer lies, relative to the buffer root. */
export function segmentPathOf(session: { roomName: string; userId: string; id: string }): string {
  return `${session.roomName}/${session.userId}/${session.id}`;
}

/**
 * Returns the absolute directory of a session's buffer.
 * @throws RangeError when the path is not three ids, or would leave the buffer root
 */
export function bufferDirectory(bufferDir: string, segmentPath: string): string {
  const directory = resolve(bufferDir, segmentPath);
  if (!IS_SEGMENT_PATH.test(segmentPath) || !directory.startsWith(resolve(bufferDir) + sep))
    throw new RangeError(`${JSON.stringify(segmentPath)} is not a buffer path`);
  return directory;
}

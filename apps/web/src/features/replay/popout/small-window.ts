/** Chromium's Document Picture-in-Picture, which the DOM types don't know yet. */
interface DocumentPictureInPicture {
  requestWindow(options: { width: number; height: number }): Promise<Window>;
}

const SIZE = { width: 320, height: 180 };

/**
 * Opens a small empty window with the styles of this page: above all other windows where the browser can do that, otherwise an
 * ordinary one. It must be called from a click.
 * @returns null when the browser allows neither
 */
export async function openSmallWindow(): Promise<Window | null> {
  const opened = (await openOnTop()) ?? openOrdinary();
  if (opened !== null) takeOverLooks(opened.document);
  return opened;
}

async function openOnTop(): Promise<Window | null> {
  if (!('documentPictureInPicture' in window)) return null;
  try {
    return await (window.documentPictureInPicture as DocumentPictureInPicture).requestWindow(SIZE);
  } catch {
    // The system or a policy allows no windows on top.
    return null;
  }
}

function openOrdinary(): Window | null {
  return window.open('', 'hindsight-small', `popup,width=${SIZE.width},height=${SIZE.height}`);
}

function takeOverLooks(target: Document): void {
  target.title = 'Hindsight';
  // A window of the same name may be open from before.
  target.head.querySelectorAll('style, link').forEach((element) => element.remove());
  target.body.replaceChildren();
  for (const { name, value } of document.documentElement.attributes)
    target.documentElement.setAttribute(name, value);
  for (const style of document.querySelectorAll('style, link[rel="stylesheet"]'))
    target.head.append(target.importNode(style, true));
}

/** Returns a time of an event in another window as this window's clock would have shown it. */
export function inThisWindow(timeStamp: number, other: Window): number {
  return timeStamp + other.performance.timeOrigin - performance.timeOrigin;
}

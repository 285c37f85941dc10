/** These are the problems of voice and sharing in a browser. Server errors have their own table. */
export type VoiceProblem =
  | 'SHARE_CANCELLED'
  | 'SHARE_BLOCKED_BY_SYSTEM'
  | 'SHARE_INSECURE'
  | 'SHARE_UNSUPPORTED'
  | 'SHARE_FAILED'
  | 'MIC_BLOCKED'
  | 'MIC_MISSING'
  | 'MIC_INSECURE'
  | 'MIC_FAILED'
  | 'JOIN_FAILED'
  | 'KICKED'
  | 'DUPLICATE'
  | 'CHANNEL_CLOSED'
  | 'PAGE_SUSPENDED'
  | 'CONNECTION_LOST';

interface PresentedProblem {
  title: string;
  text: string;
  /** `calm` means that nothing is wrong: it was the person's own choice. */
  tone: 'calm' | 'warning';
}

export const VOICE_PROBLEMS: Record<VoiceProblem, PresentedProblem> = {
  SHARE_CANCELLED: {
    title: 'Nothing is shared',
    text: 'You closed the picker, or the browser did not allow it. Choose Share screen to try again.',
    tone: 'calm',
  },
  SHARE_BLOCKED_BY_SYSTEM: {
    title: 'Your system blocks screen recording',
    text: 'Allow this browser under screen recording in the privacy settings of your system, then share again.',
    tone: 'warning',
  },
  SHARE_INSECURE: {
    title: 'Sharing needs a secure address',
    text: 'Browsers share screens only over https or on localhost. Open this page by its https address.',
    tone: 'warning',
  },
  SHARE_UNSUPPORTED: {
    title: 'This browser cannot share a screen',
    text: 'Phones and tablets do not offer it to web pages. You can watch here, and share from a computer.',
    tone: 'calm',
  },
  SHARE_FAILED: {
    title: 'The share could not start',
    text: 'Close other programs that capture the screen, then share again.',
    tone: 'warning',
  },
  MIC_BLOCKED: {
    title: 'The microphone is not allowed',
    text: 'Allow the microphone for this page in the address bar, then unmute. Listening works without it.',
    tone: 'calm',
  },
  MIC_MISSING: {
    title: 'No microphone found',
    text: 'Connect one and unmute again. Listening works without it.',
    tone: 'calm',
  },
  MIC_INSECURE: {
    title: 'The microphone needs a secure address',
    text: 'Browsers allow it only over https or on localhost. Open this page by its https address.',
    tone: 'warning',
  },
  MIC_FAILED: {
    title: 'The microphone could not start',
    text: 'Another program may be using it. Close that, then unmute again.',
    tone: 'warning',
  },
  JOIN_FAILED: {
    title: 'The channel could not be joined',
    text: 'The voice server did not answer. Try again in a moment.',
    tone: 'warning',
  },
  KICKED: {
    title: 'You were removed from the channel',
    text: 'Somebody who manages it took you out. You can ask them why, or join again.',
    tone: 'warning',
  },
  DUPLICATE: {
    title: 'You joined from somewhere else',
    text: 'An account is in a channel once. Join here to take over from the other window or device.',
    tone: 'calm',
  },
  CHANNEL_CLOSED: {
    title: 'The channel was closed',
    text: 'Its room ended on the server. Join again to open it anew.',
    tone: 'warning',
  },
  PAGE_SUSPENDED: {
    title: 'This page was put to sleep',
    text: 'The call and your share ended with that. What the replay buffer still keeps is shown here. Join again to go on.',
    tone: 'warning',
  },
  CONNECTION_LOST: {
    title: 'The connection was lost',
    text: 'It did not come back within 15 minutes, so the call and your share ended. Check your network, then join again.',
    tone: 'warning',
  },
};

/** Tells whether the problem ended the stay in the channel, so that joining again is the remedy. */
export function isEndOfStay(problem: VoiceProblem): boolean {
  return [
    'JOIN_FAILED',
    'KICKED',
    'DUPLICATE',
    'CHANNEL_CLOSED',
    'PAGE_SUSPENDED',
    'CONNECTION_LOST',
  ].includes(problem);
}

function nameOf(error: unknown): string {
  return error instanceof Error || error instanceof DOMException ? error.name : '';
}

/** Tells why `getDisplayMedia` cannot even be asked; null when it can. */
export function shareObstacle(browser: {
  isSecureContext: boolean;
  hasDisplayMedia: boolean;
}): VoiceProblem | null {
  if (browser.hasDisplayMedia) return null;
  return browser.isSecureContext ? 'SHARE_UNSUPPORTED' : 'SHARE_INSECURE';
}

/** Finds the problem behind what `getDisplayMedia` or publishing threw. */
export function shareProblem(error: unknown): VoiceProblem {
  const name = nameOf(error);
  const message = error instanceof Error ? error.message : '';
  // Only Chromium's message tells whether the system or the person refused.
  if (name === 'NotAllowedError' && /system/i.test(message)) return 'SHARE_BLOCKED_BY_SYSTEM';
  if (name === 'NotAllowedError' || name === 'AbortError') return 'SHARE_CANCELLED';
  if (name === 'NotSupportedError' || name === 'DeviceUnsupportedError') return 'SHARE_UNSUPPORTED';
  return 'SHARE_FAILED';
}

/** Finds the problem behind what `getUserMedia` or publishing threw. */
export function micProblem(error: unknown, isSecureContext: boolean): VoiceProblem {
  if (!isSecureContext) return 'MIC_INSECURE';
  const name = nameOf(error);
  if (name === 'NotAllowedError') return 'MIC_BLOCKED';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'MIC_MISSING';
  return 'MIC_FAILED';
}

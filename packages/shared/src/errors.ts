/**
 * An entry says how an error reaches people: its tRPC code and HTTP status, what happened, and the one thing to do about it.
 */
interface AppErrorEntry {
  trpc:
    | 'BAD_REQUEST'
    | 'UNAUTHORIZED'
    | 'FORBIDDEN'
    | 'NOT_FOUND'
    | 'CONFLICT'
    | 'PRECONDITION_FAILED'
    | 'PAYLOAD_TOO_LARGE'
    | 'TOO_MANY_REQUESTS'
    | 'INTERNAL_SERVER_ERROR'
    | 'SERVICE_UNAVAILABLE';
  status: number;
  text: string;
  remedy: string;
}

/** This is the only table of errors that people meet. The client reads the code; it shows the text and the remedy. */
export const APP_ERRORS = {
  UNAUTHENTICATED: {
    trpc: 'UNAUTHORIZED',
    status: 401,
    text: 'You are not signed in.',
    remedy: 'Sign in and try again.',
  },
  INVALID_CREDENTIALS: {
    trpc: 'UNAUTHORIZED',
    status: 401,
    text: 'User name or password is wrong.',
    remedy: 'Check both and try again.',
  },
  WRONG_PASSWORD: {
    trpc: 'FORBIDDEN',
    status: 403,
    text: 'Your current password is wrong.',
    remedy: 'Type the password that you sign in with now.',
  },
  USERNAME_TAKEN: {
    trpc: 'CONFLICT',
    status: 409,
    text: 'That user name is taken.',
    remedy: 'Choose another user name.',
  },
  REGISTRATION_CLOSED: {
    trpc: 'FORBIDDEN',
    status: 403,
    text: 'New accounts are not open here.',
    remedy: 'Ask the admin of this server for an account or an invite.',
  },
  EVENTS_MISSED: {
    trpc: 'SERVICE_UNAVAILABLE',
    status: 503,
    text: 'Changes may have been missed.',
    remedy: 'Ask again for what you show, and subscribe again.',
  },
  RATE_LIMITED: {
    trpc: 'TOO_MANY_REQUESTS',
    status: 429,
    text: 'Too many attempts.',
    remedy: 'Wait a minute and try again.',
  },
  SIGN_IN_BUSY: {
    trpc: 'SERVICE_UNAVAILABLE',
    status: 503,
    text: 'Too many passwords are being checked at this moment.',
    remedy: 'Try again in a few seconds.',
  },
  TOO_MANY_STREAMS: {
    trpc: 'TOO_MANY_REQUESTS',
    status: 429,
    text: 'Your account watches for changes in too many pages or programs at once.',
    remedy: 'Close some of them; the page recovers by itself.',
  },
  VALIDATION_FAILED: {
    trpc: 'BAD_REQUEST',
    status: 400,
    text: 'Something in the request is not valid.',
    remedy: 'Correct the marked values and try again.',
  },
  PAYLOAD_TOO_LARGE: {
    trpc: 'PAYLOAD_TOO_LARGE',
    status: 413,
    text: 'The request is too large.',
    remedy: 'Send less at once.',
  },
  WRONG_HOST: {
    trpc: 'BAD_REQUEST',
    status: 421,
    text: 'This server is not reached by that name.',
    remedy:
      'Use the address that its admin gave you; the admin sets it as PUBLIC_URL and has reverse proxies pass the Host header on.',
  },
  NOT_FOUND: {
    trpc: 'NOT_FOUND',
    status: 404,
    text: 'That does not exist, or is not yours to see.',
    remedy: 'Check the link, or ask its owner.',
  },
  PERMISSION_DENIED: {
    trpc: 'FORBIDDEN',
    status: 403,
    text: 'Permission denied: your roles here do not allow that.',
    remedy: 'Ask a community admin to grant it to one of your roles.',
  },
  KEY_NOT_ALLOWED: {
    trpc: 'FORBIDDEN',
    status: 403,
    text: 'This key is not made for that.',
    remedy: 'Make a key of the other kind on the Me page; what no key can do needs a sign-in.',
  },
  REPLAY_DISABLED: {
    trpc: 'FORBIDDEN',
    status: 403,
    text: 'The replay buffer is switched off in this community.',
    remedy: 'Ask a community admin to switch it on.',
  },
  NOT_SHARING: {
    trpc: 'PRECONDITION_FAILED',
    status: 412,
    text: 'You are not sharing your screen in this channel.',
    remedy: 'Share your screen, then enable the replay buffer.',
  },
  TRACKS_NOT_YOURS: {
    trpc: 'FORBIDDEN',
    status: 403,
    text: 'Those tracks are not your own screen share.',
    remedy: 'Only your own share can be recorded. Share your screen and try again.',
  },
  ALREADY_ACTIVE: {
    trpc: 'CONFLICT',
    status: 409,
    text: 'User already has an active replay buffer.',
    remedy: 'Stop the active one first.',
  },
  COMMUNITY_LIMIT_REACHED: {
    trpc: 'TOO_MANY_REQUESTS',
    status: 429,
    text: 'Community replay buffer limit reached.',
    remedy: 'Wait until somebody stops, or ask an admin to raise the limit.',
  },
  QUOTA_EXCEEDED: {
    trpc: 'PAYLOAD_TOO_LARGE',
    status: 507,
    text: 'Your clip storage is full (user quota exceeded).',
    remedy: 'Delete clips you no longer need, or ask an admin for more.',
  },
  NO_SEGMENTS_FOUND: {
    trpc: 'PRECONDITION_FAILED',
    status: 412,
    text: 'No segments found: nothing is buffered for you in this channel.',
    remedy: 'Enable the replay buffer while sharing, then capture.',
  },
  RANGE_NOT_BUFFERED: {
    trpc: 'PRECONDITION_FAILED',
    status: 412,
    text: 'That range is no longer buffered.',
    remedy: 'Choose a range inside the buffer.',
  },
  CONCATENATION_FAILED: {
    trpc: 'INTERNAL_SERVER_ERROR',
    status: 500,
    text: 'FFmpeg concatenation failed: the clip could not be written.',
    remedy:
      'Retry while the buffer still holds it; ask the admin to check disk space and ffmpeg if it fails again.',
  },
  FFMPEG_UNAVAILABLE: {
    trpc: 'SERVICE_UNAVAILABLE',
    status: 503,
    text: 'The server cannot run ffmpeg.',
    remedy: 'Ask the admin to install ffmpeg or set FFMPEG_PATH, then retry.',
  },
  TOO_MANY_CAPTURES: {
    trpc: 'TOO_MANY_REQUESTS',
    status: 429,
    text: 'Too many of your clips are still being saved.',
    remedy: 'Wait until one is finished.',
  },
  TOO_MANY_MARKERS: {
    trpc: 'TOO_MANY_REQUESTS',
    status: 429,
    text: 'Your buffer holds as many markers as it can.',
    remedy: 'Remove one that you no longer need.',
  },
  DISK_LOW: {
    trpc: 'SERVICE_UNAVAILABLE',
    status: 507,
    text: "The server's disk is almost full.",
    remedy: 'Ask the admin to free space; saved clips are safe.',
  },
  DATABASE_UNAVAILABLE: {
    trpc: 'SERVICE_UNAVAILABLE',
    status: 503,
    text: "The server's database cannot be reached at this moment.",
    remedy: 'Try again in a moment; if it stays so, ask the admin to check the database.',
  },
  STORAGE_UNAVAILABLE: {
    trpc: 'SERVICE_UNAVAILABLE',
    status: 503,
    text: 'The place where clips are kept cannot be reached.',
    remedy: 'Try again in a moment; if it stays so, ask the admin to check the storage.',
  },
  RECORDER_UNAVAILABLE: {
    trpc: 'SERVICE_UNAVAILABLE',
    status: 503,
    text: 'The recorder could not start.',
    remedy: 'Try again; if it stays so, ask the admin to check the server log.',
  },
  RECORDER_BUSY: {
    trpc: 'SERVICE_UNAVAILABLE',
    status: 503,
    text: 'All recorders are busy.',
    remedy: 'Try again when somebody has stopped; if it stays so, ask the admin for more recorders.',
  },
  LIVEKIT_UNAVAILABLE: {
    trpc: 'SERVICE_UNAVAILABLE',
    status: 503,
    text: 'The voice server cannot be reached.',
    remedy: 'Try again in a moment; if it stays so, ask the admin to check LiveKit.',
  },
  SESSION_NOT_ACTIVE: {
    trpc: 'CONFLICT',
    status: 409,
    text: 'That replay buffer is not running.',
    remedy: 'Nothing to stop: reload to see the present state.',
  },
  SHARE_TARGET_FORBIDDEN: {
    trpc: 'FORBIDDEN',
    status: 403,
    text: 'You may not post there.',
    remedy: 'Choose a channel or conversation that you can write in.',
  },
  INVITE_INVALID: {
    trpc: 'PRECONDITION_FAILED',
    status: 410,
    text: 'This invite does not work: it is wrong, expired, used up or revoked.',
    remedy: 'Ask whoever sent it for a new one.',
  },
  LAST_ADMIN: {
    trpc: 'CONFLICT',
    status: 409,
    text: 'Nobody would be left who can manage this community.',
    remedy: 'Give somebody else a role with all actions first.',
  },
  ROLE_IS_DEFAULT: {
    trpc: 'CONFLICT',
    status: 409,
    text: 'Everybody who joins gets this role, so it cannot be removed.',
    remedy: 'Change what it allows instead.',
  },
  LIMIT_REACHED: {
    trpc: 'CONFLICT',
    status: 409,
    text: 'There is no room for one more here.',
    remedy: 'Remove one that nobody needs, then try again.',
  },
  NAME_TAKEN: {
    trpc: 'CONFLICT',
    status: 409,
    text: 'That name is taken here.',
    remedy: 'Choose another name.',
  },
  LINK_GONE: {
    trpc: 'NOT_FOUND',
    status: 404,
    text: 'This link does not work: it has expired or was revoked.',
    remedy: 'Ask whoever sent it for a new one.',
  },
  UNDO_EXPIRED: {
    trpc: 'CONFLICT',
    status: 409,
    text: 'It is too late to undo that.',
    remedy: 'Deleted clips can be brought back for 10 seconds.',
  },
  CLIP_NOT_READY: {
    trpc: 'CONFLICT',
    status: 409,
    text: 'The clip is still being saved.',
    remedy: 'Wait until it is ready.',
  },
  JOINED_CLIP_CHANGED: {
    trpc: 'CONFLICT',
    status: 409,
    text: 'One of the clips that were to be joined has been deleted or trimmed since, or a voice was taken out of it.',
    remedy: 'Delete this one, and join the clips again as they are now.',
  },
  CLIP_NOT_RETRYABLE: {
    trpc: 'CONFLICT',
    status: 409,
    text: 'The clip cannot be retried: its part of the buffer is gone, or it has not failed.',
    remedy: 'Delete it and capture again.',
  },
  EXPORT_LIMIT_TOO_SMALL: {
    trpc: 'BAD_REQUEST',
    status: 400,
    text: 'The clip does not fit into that size.',
    remedy: 'Choose a larger size, or trim the clip first.',
  },
  EXPORT_FAILED: {
    trpc: 'INTERNAL_SERVER_ERROR',
    status: 500,
    text: 'The export could not be made.',
    remedy: 'Try again; ask the admin to check ffmpeg and the server log if it fails again.',
  },
  TOO_MANY_EXPORTS: {
    trpc: 'TOO_MANY_REQUESTS',
    status: 429,
    text: 'Too many of your exports are being made or kept.',
    remedy: 'Wait until one is finished, or delete one.',
  },
  CLIP_DELETED: {
    trpc: 'CONFLICT',
    status: 409,
    text: 'This clip has been deleted.',
    remedy: 'Choose another clip, or save what is buffered once more.',
  },
  CLIP_TRIMMED: {
    trpc: 'CONFLICT',
    status: 409,
    text: 'The clip that was exported has been trimmed since.',
    remedy: 'Export it again to get it as it is now.',
  },
  VOICE_TAKEN_OUT: {
    trpc: 'CONFLICT',
    status: 409,
    text: 'Somebody took their voice out of the clip since it was exported.',
    remedy: 'Export it again to get it without that voice.',
  },
  INTERNAL: {
    trpc: 'INTERNAL_SERVER_ERROR',
    status: 500,
    text: 'Something went wrong on the server.',
    remedy: 'Try again; if it stays so, give the admin the error id.',
  },
} as const satisfies Record<string, AppErrorEntry>;

export type AppErrorCode = keyof typeof APP_ERRORS;

/** Says whether a value from the network is one of our error codes. */
export function isAppErrorCode(value: unknown): value is AppErrorCode {
  return typeof value === 'string' && Object.hasOwn(APP_ERRORS, value);
}

/**
 * This is the only error that business code throws on purpose. It knows no HTTP: the table above maps its code. `detail` is
 * appended to the code's text, so people must be able to read it; the cause is logged and never sent.
 */
export class AppError extends Error {
  readonly code: AppErrorCode;
  readonly detail: string | undefined;

  constructor(code: AppErrorCode, options: { detail?: string; cause?: unknown } = {}) {
    super(
      options.detail === undefined ? APP_ERRORS[code].text : `${APP_ERRORS[code].text} ${options.detail}`,
      {
        cause: options.cause,
      },
    );
    this.name = 'AppError';
    this.code = code;
    this.detail = options.detail;
  }
}

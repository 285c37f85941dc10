import { z } from 'zod';

/** Every id of ours is a UUID (v7, so that ids sort by age). A channel's id is also its LiveKit room name. */
export const idSchema = z.uuid();

/** LiveKit track SID as clients send it. Only its shape is checked here; whose track it is, LiveKit is asked. */
export const trackSidSchema = z.string().regex(/^TR_[A-Za-z0-9_-]{1,64}$/, 'is not a LiveKit track SID');

/** UTC instant as ISO 8601, the form of every time in a DTO. */
export const isoTimeSchema = z.iso.datetime();

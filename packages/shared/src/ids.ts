import { z } from 'zod';

/** Every id of ours is a UUID (v7, so that ids sort by age). A channel's id is also the name of its LiveKit room. */
export const idSchema = z.uuid();

/** Clients send LiveKit track SIDs. Only the shape is checked here; the server asks LiveKit whose track it is. */
export const trackSidSchema = z.string().regex(/^TR_[A-Za-z0-9_-]{1,64}$/, 'is not a LiveKit track SID');

/** Every time in a DTO is a UTC instant in ISO 8601. */
export const isoTimeSchema = z.iso.datetime();

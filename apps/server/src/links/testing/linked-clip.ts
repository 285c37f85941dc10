import type { LinkedClip } from '../links.service.ts';

/** A link of `LINK_ADDRESS` shows this. */
export const LINKED_CLIP: LinkedClip = {
  title: 'The goal',
  ownerName: 'ada',
  durationMs: 61_400,
  posterUrl: '/api/links/t0ken/poster.jpg?v=2',
  media: {
    url: '/api/links/t0ken/small.mp4',
    versionedUrl: '/api/links/t0ken/small.mp4?v=1',
    width: 1280,
    height: 720,
  },
};

export const LINK_ADDRESS = { origin: 'https://clips.example', token: 't0ken' };

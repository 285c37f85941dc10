import { publicLinkInput } from '@hindsight/shared/clips/clip';
import { isDatabaseAway } from '@hindsight/db/database-away';
import { AppError } from '@hindsight/shared/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RETRY_AFTER_SECONDS } from '../http/error-reply.ts';
import type { LinkedClip, Links } from './links.service.ts';

/** A page for a link is asked for this often from one address at most. */
export const VIEWS_PER_MINUTE = 120;

/** Returns what a link shows; null when it doesn't work, `unknown` while the database is away. */
export async function lookUpLink(
  links: Pick<Links, 'describe'>,
  params: { token: string },
): Promise<LinkedClip | 'unknown' | null> {
  const input = publicLinkInput.safeParse(params);
  if (!input.success) return null;
  try {
    return await links.describe(input.data.token);
  } catch (error) {
    if (error instanceof AppError && error.code === 'LINK_GONE') return null;
    if (isDatabaseAway(error)) return 'unknown';
    throw error;
  }
}

/** What is shown for a link: of its clip, when it doesn't work, and while the database is away. */
interface LinkPages {
  shown: (clip: LinkedClip) => string;
  gone: string;
  unknown: string;
}

/** Answers with a page for whoever has a link: with status 404 when it doesn't work, and 503 while that can't be looked up. */
export async function answerWithPage(
  reply: FastifyReply,
  links: Pick<Links, 'describe'>,
  params: { token: string },
  { shown, gone, unknown }: LinkPages,
): Promise<FastifyReply> {
  void reply
    .header('cache-control', 'no-store')
    .header('x-robots-tag', 'noindex')
    // The token is a secret that other sites must not learn.
    .header('referrer-policy', 'no-referrer')
    .type('text/html; charset=utf-8');
  const clip = await lookUpLink(links, params);
  if (clip === 'unknown') return reply.code(503).header('retry-after', RETRY_AFTER_SECONDS).send(unknown);
  if (clip === null) return reply.code(404).send(gone);
  return reply.send(shown(clip));
}

/** Returns the origin of a request. It may hold anything, so it is escaped where it is used. */
export function originOf({ protocol, host }: FastifyRequest): string {
  return `${protocol}://${host}`;
}

/** Returns the path of a link's page. */
export function linkPath(token: string): string {
  return `/l/${token}`;
}

/** Returns the path of a page with a link's video and nothing else, for frames of other sites. */
export function playerPath(token: string): string {
  return `${linkPath(token)}/player`;
}

/** Programs ask here how to show a link. */
export const OEMBED_PATH = '/api/oembed';

import type { PrismaClient } from '@hindsight/db/client';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import { createAttemptLimits } from '../access/attempt-limits.ts';
import type { Access } from '../access/access.service.ts';
import type { AppEvents } from '../events/events.ts';
import type { StreamReads } from '../events/stream-reads.ts';
import type { Log } from '../log.ts';
import { createChatAccess } from './chat-access.ts';
import { createChatFeed } from './chat-feed.ts';
import { announceClipChanges } from './clip-news.ts';
import { createClipPosts } from './clip-posts.ts';
import { createConversations } from './conversations.service.ts';
import { createMessageNews } from './message-news.ts';
import { createMessages } from './messages.service.ts';
import { createPeople } from './people.service.ts';
import { createSharedClips } from './shared-clips.service.ts';
import { createUnread } from './unread.service.ts';

const MESSAGES_PER_PERSON = { max: 20, windowMs: 10 * SECOND };
const CONVERSATIONS_PER_PERSON = { max: 20, windowMs: 1 * MINUTE };

interface ChatDependencies {
  db: PrismaClient;
  access: Pick<Access, 'requireChannel'>;
  events: Pick<AppEvents, 'emit' | 'listen' | 'relay'>;
  reads: Pick<StreamReads, 'shared'>;
  log: Pick<Log, 'error'>;
}

export type Chat = ReturnType<typeof createChat>;

/** Puts the chat feature together: messages, conversations and the clips in them. */
export function createChat({ db, access, events, reads, log }: ChatDependencies) {
  const chatAccess = createChatAccess({ db, access });
  const news = createMessageNews({ db, events });
  const limits = createAttemptLimits({ db });
  const writingLimit = limits('message', MESSAGES_PER_PERSON);
  const openingLimit = limits('conversation', CONVERSATIONS_PER_PERSON);
  const stopClipNews = announceClipChanges({ events, news, log });
  return {
    messages: createMessages({ db, access: chatAccess, news, writingLimit }),
    unread: createUnread({ db, access: chatAccess, news }),
    conversations: createConversations({ db, news, openingLimit }),
    people: createPeople({ db }),
    sharedClips: createSharedClips({ db }),
    clipPosts: createClipPosts({ access: chatAccess, news }),
    feed: createChatFeed({ db, events, reads }),
    close(): void {
      stopClipNews();
      news.close();
    },
  };
}

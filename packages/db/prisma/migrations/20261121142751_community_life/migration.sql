-- AlterEnum
ALTER TYPE "EndReason" ADD VALUE 'STOPPED_BY_ADMIN';

-- AlterEnum
ALTER TYPE "ResourceType" ADD VALUE 'REPLAY_SPRITE';

-- AlterTable
ALTER TABLE "ReplayClip" ADD COLUMN     "isReplacement" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "removedAt" TIMESTAMPTZ(3),
ADD COLUMN     "spriteFileId" UUID,
ADD COLUMN     "trimFromMs" INTEGER,
ADD COLUMN     "trimOfId" UUID,
ADD COLUMN     "trimToMs" INTEGER;

-- CreateTable
CREATE TABLE "CommunityInvite" (
    "id" UUID NOT NULL,
    "communityId" UUID NOT NULL,
    "createdById" UUID,
    "code" TEXT NOT NULL,
    "expiresAt" TIMESTAMPTZ(3),
    "maxUses" INTEGER,
    "uses" INTEGER NOT NULL DEFAULT 0,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "CommunityInvite_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Conversation" (
    "id" UUID NOT NULL,
    "pairKey" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Conversation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ConversationMember" (
    "conversationId" UUID NOT NULL,
    "userId" UUID NOT NULL,
    "joinedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastReadAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ConversationMember_pkey" PRIMARY KEY ("conversationId","userId")
);

-- CreateTable
CREATE TABLE "ChannelRead" (
    "channelId" UUID NOT NULL,
    "userId" UUID NOT NULL,
    "lastReadAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ChannelRead_pkey" PRIMARY KEY ("channelId","userId")
);

-- CreateTable
CREATE TABLE "Message" (
    "id" UUID NOT NULL,
    "channelId" UUID,
    "conversationId" UUID,
    "authorId" UUID,
    "text" TEXT NOT NULL,
    "hasClip" BOOLEAN NOT NULL DEFAULT false,
    "clipId" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "editedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Message_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ReplayMarker" (
    "id" UUID NOT NULL,
    "userId" UUID NOT NULL,
    "channelId" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "label" TEXT,

    CONSTRAINT "ReplayMarker_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ClipMarker" (
    "id" UUID NOT NULL,
    "clipId" UUID NOT NULL,
    "offsetMs" INTEGER NOT NULL,
    "label" TEXT,

    CONSTRAINT "ClipMarker_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ClipLink" (
    "id" UUID NOT NULL,
    "clipId" UUID NOT NULL,
    "token" TEXT NOT NULL,
    "expiresAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ClipLink_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "CommunityInvite_code_key" ON "CommunityInvite"("code");

-- CreateIndex
CREATE INDEX "CommunityInvite_communityId_createdAt_idx" ON "CommunityInvite"("communityId", "createdAt");

-- CreateIndex
CREATE INDEX "CommunityInvite_createdById_idx" ON "CommunityInvite"("createdById");

-- CreateIndex
CREATE UNIQUE INDEX "Conversation_pairKey_key" ON "Conversation"("pairKey");

-- CreateIndex
CREATE INDEX "ConversationMember_userId_idx" ON "ConversationMember"("userId");

-- CreateIndex
CREATE INDEX "ChannelRead_userId_idx" ON "ChannelRead"("userId");

-- CreateIndex
CREATE INDEX "Message_channelId_createdAt_id_idx" ON "Message"("channelId", "createdAt", "id");

-- CreateIndex
CREATE INDEX "Message_conversationId_createdAt_id_idx" ON "Message"("conversationId", "createdAt", "id");

-- CreateIndex
CREATE INDEX "Message_clipId_idx" ON "Message"("clipId");

-- CreateIndex
CREATE INDEX "Message_authorId_idx" ON "Message"("authorId");

-- CreateIndex
CREATE INDEX "ReplayMarker_userId_channelId_at_idx" ON "ReplayMarker"("userId", "channelId", "at");

-- CreateIndex
CREATE INDEX "ReplayMarker_channelId_idx" ON "ReplayMarker"("channelId");

-- CreateIndex
CREATE INDEX "ReplayMarker_at_idx" ON "ReplayMarker"("at");

-- CreateIndex
CREATE INDEX "ClipMarker_clipId_offsetMs_idx" ON "ClipMarker"("clipId", "offsetMs");

-- CreateIndex
CREATE UNIQUE INDEX "ClipLink_token_key" ON "ClipLink"("token");

-- CreateIndex
CREATE INDEX "ClipLink_clipId_createdAt_idx" ON "ClipLink"("clipId", "createdAt");

-- CreateIndex
CREATE INDEX "ReplayClip_spriteFileId_idx" ON "ReplayClip"("spriteFileId");

-- CreateIndex
CREATE INDEX "ReplayClip_trimOfId_idx" ON "ReplayClip"("trimOfId");

-- CreateIndex
CREATE INDEX "ReplayClip_removedAt_idx" ON "ReplayClip"("removedAt");

-- AddForeignKey
ALTER TABLE "CommunityInvite" ADD CONSTRAINT "CommunityInvite_communityId_fkey" FOREIGN KEY ("communityId") REFERENCES "Community"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "CommunityInvite" ADD CONSTRAINT "CommunityInvite_createdById_fkey" FOREIGN KEY ("createdById") REFERENCES "User"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ConversationMember" ADD CONSTRAINT "ConversationMember_conversationId_fkey" FOREIGN KEY ("conversationId") REFERENCES "Conversation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ConversationMember" ADD CONSTRAINT "ConversationMember_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ChannelRead" ADD CONSTRAINT "ChannelRead_channelId_fkey" FOREIGN KEY ("channelId") REFERENCES "Channel"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ChannelRead" ADD CONSTRAINT "ChannelRead_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Message" ADD CONSTRAINT "Message_channelId_fkey" FOREIGN KEY ("channelId") REFERENCES "Channel"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Message" ADD CONSTRAINT "Message_conversationId_fkey" FOREIGN KEY ("conversationId") REFERENCES "Conversation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Message" ADD CONSTRAINT "Message_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Message" ADD CONSTRAINT "Message_clipId_fkey" FOREIGN KEY ("clipId") REFERENCES "ReplayClip"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ReplayClip" ADD CONSTRAINT "ReplayClip_spriteFileId_fkey" FOREIGN KEY ("spriteFileId") REFERENCES "File"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ReplayClip" ADD CONSTRAINT "ReplayClip_trimOfId_fkey" FOREIGN KEY ("trimOfId") REFERENCES "ReplayClip"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ReplayMarker" ADD CONSTRAINT "ReplayMarker_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ReplayMarker" ADD CONSTRAINT "ReplayMarker_channelId_fkey" FOREIGN KEY ("channelId") REFERENCES "Channel"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ClipMarker" ADD CONSTRAINT "ClipMarker_clipId_fkey" FOREIGN KEY ("clipId") REFERENCES "ReplayClip"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ClipLink" ADD CONSTRAINT "ClipLink_clipId_fkey" FOREIGN KEY ("clipId") REFERENCES "ReplayClip"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Written by hand: schema.prisma has no words for CHECK constraints, and the differ leaves them alone.

ALTER TABLE "Message"
  ADD CONSTRAINT "Message_one_target_check" CHECK (("channelId" IS NULL) <> ("conversationId" IS NULL)),
  ADD CONSTRAINT "Message_clip_check" CHECK ("hasClip" OR "clipId" IS NULL);

ALTER TABLE "CommunityInvite"
  ADD CONSTRAINT "CommunityInvite_uses_check" CHECK ("uses" >= 0 AND ("maxUses" IS NULL OR "uses" <= "maxUses"));

ALTER TABLE "ReplayClip"
  ADD CONSTRAINT "ReplayClip_trim_check"
    CHECK (("trimFromMs" IS NULL) = ("trimToMs" IS NULL) AND "trimFromMs" < "trimToMs");

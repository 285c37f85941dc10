-- CreateEnum
CREATE TYPE "Action" AS ENUM ('MANAGE_COMMUNITY', 'MANAGE_CHANNELS', 'MANAGE_ROLES', 'SEND_MESSAGES', 'CONNECT', 'SHARE_SCREEN', 'ENABLE_REPLAY_BUFFER', 'CAPTURE_REPLAY', 'MANAGE_REPLAY_LIMITS');

-- CreateEnum
CREATE TYPE "ChannelKind" AS ENUM ('VOICE', 'TEXT');

-- CreateEnum
CREATE TYPE "RegistrationMode" AS ENUM ('OPEN', 'INVITE', 'CLOSED');

-- CreateEnum
CREATE TYPE "ReplayQuality" AS ENUM ('720p', '1080p', '1440p');

-- CreateEnum
CREATE TYPE "SessionStatus" AS ENUM ('STARTING', 'ACTIVE', 'STOPPED', 'FAILED');

-- CreateEnum
CREATE TYPE "SessionHealth" AS ENUM ('OK', 'DEGRADED');

-- CreateEnum
CREATE TYPE "EndReason" AS ENUM ('STOPPED_BY_USER', 'SHARE_ENDED', 'LEFT', 'CONNECTION_LOST', 'RECORDER_FAILED', 'SERVER_SHUT_DOWN');

-- CreateEnum
CREATE TYPE "ClipStatus" AS ENUM ('PROCESSING', 'READY', 'FAILED');

-- CreateEnum
CREATE TYPE "ResourceType" AS ENUM ('REPLAY_CLIP', 'REPLAY_POSTER');

-- CreateTable
CREATE TABLE "InstanceSettings" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "registrationMode" "RegistrationMode" NOT NULL DEFAULT 'OPEN',

    CONSTRAINT "InstanceSettings_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "User" (
    "id" UUID NOT NULL,
    "username" TEXT NOT NULL,
    "usernameKey" TEXT NOT NULL,
    "passwordHash" TEXT NOT NULL,
    "isInstanceAdmin" BOOLEAN NOT NULL DEFAULT false,
    "tokenVersion" INTEGER NOT NULL DEFAULT 0,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Community" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Community_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "CommunityMember" (
    "communityId" UUID NOT NULL,
    "userId" UUID NOT NULL,
    "joinedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "CommunityMember_pkey" PRIMARY KEY ("communityId","userId")
);

-- CreateTable
CREATE TABLE "Role" (
    "id" UUID NOT NULL,
    "communityId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "actions" "Action"[],
    "isDefault" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "Role_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "MemberRole" (
    "communityId" UUID NOT NULL,
    "userId" UUID NOT NULL,
    "roleId" UUID NOT NULL,

    CONSTRAINT "MemberRole_pkey" PRIMARY KEY ("communityId","userId","roleId")
);

-- CreateTable
CREATE TABLE "Channel" (
    "id" UUID NOT NULL,
    "communityId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "kind" "ChannelKind" NOT NULL,
    "position" INTEGER NOT NULL DEFAULT 0,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Channel_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "File" (
    "id" UUID NOT NULL,
    "resourceType" "ResourceType" NOT NULL,
    "filename" TEXT NOT NULL,
    "mimeType" TEXT NOT NULL,
    "sizeBytes" BIGINT NOT NULL,
    "checksum" TEXT NOT NULL,
    "storageKey" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "File_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "StorageDeletion" (
    "id" UUID NOT NULL,
    "storageKey" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "StorageDeletion_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "EgressSession" (
    "id" UUID NOT NULL,
    "egressId" TEXT,
    "userId" UUID NOT NULL,
    "communityId" UUID,
    "channelId" UUID,
    "roomName" TEXT NOT NULL,
    "videoTrackSid" TEXT NOT NULL,
    "audioTrackSid" TEXT,
    "quality" "ReplayQuality" NOT NULL,
    "status" "SessionStatus" NOT NULL DEFAULT 'STARTING',
    "health" "SessionHealth" NOT NULL DEFAULT 'OK',
    "endReason" "EndReason",
    "segmentPath" TEXT NOT NULL,
    "startedAt" TIMESTAMPTZ(3),
    "endedAt" TIMESTAMPTZ(3),
    "purgedAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "EgressSession_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ReplayClip" (
    "id" UUID NOT NULL,
    "userId" UUID NOT NULL,
    "communityId" UUID,
    "channelId" UUID,
    "roomName" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "status" "ClipStatus" NOT NULL DEFAULT 'PROCESSING',
    "errorCode" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "fromAt" TIMESTAMPTZ(3) NOT NULL,
    "toAt" TIMESTAMPTZ(3) NOT NULL,
    "durationMs" INTEGER NOT NULL,
    "sizeBytes" BIGINT NOT NULL DEFAULT 0,
    "reservedBytes" BIGINT NOT NULL DEFAULT 0,
    "width" INTEGER,
    "height" INTEGER,
    "videoCodec" TEXT,
    "audioCodec" TEXT,
    "fileId" UUID,
    "posterFileId" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ReplayClip_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "CommunityReplayConfig" (
    "id" UUID NOT NULL,
    "communityId" UUID NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "maxConcurrent" INTEGER NOT NULL DEFAULT 5,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "CommunityReplayConfig_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "UserReplayQuota" (
    "id" UUID NOT NULL,
    "userId" UUID NOT NULL,
    "quotaBytes" BIGINT NOT NULL DEFAULT 5368709120,
    "usedBytes" BIGINT NOT NULL DEFAULT 0,
    "reservedBytes" BIGINT NOT NULL DEFAULT 0,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "UserReplayQuota_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "User_usernameKey_key" ON "User"("usernameKey");

-- CreateIndex
CREATE INDEX "CommunityMember_userId_idx" ON "CommunityMember"("userId");

-- CreateIndex
CREATE UNIQUE INDEX "Role_communityId_name_key" ON "Role"("communityId", "name");

-- CreateIndex
CREATE INDEX "MemberRole_roleId_idx" ON "MemberRole"("roleId");

-- CreateIndex
CREATE INDEX "Channel_communityId_position_idx" ON "Channel"("communityId", "position");

-- CreateIndex
CREATE UNIQUE INDEX "File_storageKey_key" ON "File"("storageKey");

-- CreateIndex
CREATE UNIQUE INDEX "StorageDeletion_storageKey_key" ON "StorageDeletion"("storageKey");

-- CreateIndex
CREATE UNIQUE INDEX "EgressSession_egressId_key" ON "EgressSession"("egressId");

-- CreateIndex
CREATE INDEX "EgressSession_userId_status_idx" ON "EgressSession"("userId", "status");

-- CreateIndex
CREATE INDEX "EgressSession_roomName_status_idx" ON "EgressSession"("roomName", "status");

-- CreateIndex
CREATE INDEX "EgressSession_communityId_status_idx" ON "EgressSession"("communityId", "status");

-- CreateIndex
CREATE INDEX "EgressSession_channelId_idx" ON "EgressSession"("channelId");

-- CreateIndex
CREATE INDEX "EgressSession_status_endedAt_idx" ON "EgressSession"("status", "endedAt");

-- CreateIndex
CREATE UNIQUE INDEX "EgressSession_userId_active_key" ON "EgressSession"("userId") WHERE (status = ANY (ARRAY['STARTING'::"SessionStatus", 'ACTIVE'::"SessionStatus"]));

-- CreateIndex
CREATE INDEX "ReplayClip_userId_createdAt_idx" ON "ReplayClip"("userId", "createdAt");

-- CreateIndex
CREATE INDEX "ReplayClip_communityId_createdAt_idx" ON "ReplayClip"("communityId", "createdAt");

-- CreateIndex
CREATE INDEX "ReplayClip_channelId_idx" ON "ReplayClip"("channelId");

-- CreateIndex
CREATE INDEX "ReplayClip_status_fromAt_idx" ON "ReplayClip"("status", "fromAt");

-- CreateIndex
CREATE INDEX "ReplayClip_fileId_idx" ON "ReplayClip"("fileId");

-- CreateIndex
CREATE INDEX "ReplayClip_posterFileId_idx" ON "ReplayClip"("posterFileId");

-- CreateIndex
CREATE UNIQUE INDEX "CommunityReplayConfig_communityId_key" ON "CommunityReplayConfig"("communityId");

-- CreateIndex
CREATE UNIQUE INDEX "UserReplayQuota_userId_key" ON "UserReplayQuota"("userId");

-- AddForeignKey
ALTER TABLE "CommunityMember" ADD CONSTRAINT "CommunityMember_communityId_fkey" FOREIGN KEY ("communityId") REFERENCES "Community"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "CommunityMember" ADD CONSTRAINT "CommunityMember_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Role" ADD CONSTRAINT "Role_communityId_fkey" FOREIGN KEY ("communityId") REFERENCES "Community"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "MemberRole" ADD CONSTRAINT "MemberRole_communityId_userId_fkey" FOREIGN KEY ("communityId", "userId") REFERENCES "CommunityMember"("communityId", "userId") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "MemberRole" ADD CONSTRAINT "MemberRole_roleId_fkey" FOREIGN KEY ("roleId") REFERENCES "Role"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Channel" ADD CONSTRAINT "Channel_communityId_fkey" FOREIGN KEY ("communityId") REFERENCES "Community"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "EgressSession" ADD CONSTRAINT "EgressSession_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "EgressSession" ADD CONSTRAINT "EgressSession_communityId_fkey" FOREIGN KEY ("communityId") REFERENCES "Community"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "EgressSession" ADD CONSTRAINT "EgressSession_channelId_fkey" FOREIGN KEY ("channelId") REFERENCES "Channel"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ReplayClip" ADD CONSTRAINT "ReplayClip_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ReplayClip" ADD CONSTRAINT "ReplayClip_communityId_fkey" FOREIGN KEY ("communityId") REFERENCES "Community"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ReplayClip" ADD CONSTRAINT "ReplayClip_channelId_fkey" FOREIGN KEY ("channelId") REFERENCES "Channel"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ReplayClip" ADD CONSTRAINT "ReplayClip_fileId_fkey" FOREIGN KEY ("fileId") REFERENCES "File"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ReplayClip" ADD CONSTRAINT "ReplayClip_posterFileId_fkey" FOREIGN KEY ("posterFileId") REFERENCES "File"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "CommunityReplayConfig" ADD CONSTRAINT "CommunityReplayConfig_communityId_fkey" FOREIGN KEY ("communityId") REFERENCES "Community"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "UserReplayQuota" ADD CONSTRAINT "UserReplayQuota_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- CreateEnum
CREATE TYPE "VoiceConsent" AS ENUM ('ALWAYS', 'ASK', 'NEVER');

-- AlterTable
ALTER TABLE "CommunityMember" ADD COLUMN     "mayKeepVoice" BOOLEAN;

-- AlterTable
ALTER TABLE "CommunityReplayConfig" ADD COLUMN     "allowsVoices" BOOLEAN NOT NULL DEFAULT true;

-- AlterTable
ALTER TABLE "ReplayClip" ADD COLUMN     "isSoundIncomplete" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "tracksFileId" UUID;

-- AlterTable
ALTER TABLE "User" ADD COLUMN     "keepsOwnVoice" BOOLEAN NOT NULL DEFAULT true,
ADD COLUMN     "voiceConsent" "VoiceConsent" NOT NULL DEFAULT 'ASK';

-- CreateTable
CREATE TABLE "KeptVoice" (
    "id" UUID NOT NULL,
    "sessionId" UUID NOT NULL,
    "userId" UUID NOT NULL,
    "startedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "endedAt" TIMESTAMPTZ(3),

    CONSTRAINT "KeptVoice_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ClipVoice" (
    "clipId" UUID NOT NULL,
    "userId" UUID NOT NULL,

    CONSTRAINT "ClipVoice_pkey" PRIMARY KEY ("clipId","userId")
);

-- CreateIndex
CREATE INDEX "KeptVoice_sessionId_startedAt_idx" ON "KeptVoice"("sessionId", "startedAt");

-- CreateIndex
CREATE INDEX "KeptVoice_userId_idx" ON "KeptVoice"("userId");

-- CreateIndex
CREATE UNIQUE INDEX "KeptVoice_sessionId_userId_now_key" ON "KeptVoice"("sessionId", "userId") WHERE ("endedAt" IS NULL);

-- CreateIndex
CREATE INDEX "ClipVoice_userId_idx" ON "ClipVoice"("userId");

-- CreateIndex
CREATE UNIQUE INDEX "ReplayClip_tracksFileId_key" ON "ReplayClip"("tracksFileId");

-- AddForeignKey
ALTER TABLE "KeptVoice" ADD CONSTRAINT "KeptVoice_sessionId_fkey" FOREIGN KEY ("sessionId") REFERENCES "EgressSession"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "KeptVoice" ADD CONSTRAINT "KeptVoice_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ReplayClip" ADD CONSTRAINT "ReplayClip_tracksFileId_fkey" FOREIGN KEY ("tracksFileId") REFERENCES "File"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ClipVoice" ADD CONSTRAINT "ClipVoice_clipId_fkey" FOREIGN KEY ("clipId") REFERENCES "ReplayClip"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ClipVoice" ADD CONSTRAINT "ClipVoice_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- CreateEnum
CREATE TYPE "ExportStatus" AS ENUM ('PROCESSING', 'READY', 'FAILED');

-- AlterEnum
ALTER TYPE "ResourceType" ADD VALUE 'REPLAY_EXPORT';

-- AlterTable
ALTER TABLE "InstanceSettings" ADD COLUMN     "chatLimitBytes" BIGINT NOT NULL DEFAULT 20000000;

-- CreateTable
CREATE TABLE "ClipExport" (
    "id" UUID NOT NULL,
    "userId" UUID NOT NULL,
    "clipId" UUID,
    "title" TEXT NOT NULL,
    "options" JSONB NOT NULL,
    "clipFromAt" TIMESTAMPTZ(3) NOT NULL,
    "clipToAt" TIMESTAMPTZ(3) NOT NULL,
    "status" "ExportStatus" NOT NULL DEFAULT 'PROCESSING',
    "errorCode" TEXT,
    "errorDetail" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "makerId" UUID,
    "reservedBytes" BIGINT NOT NULL DEFAULT 0,
    "sizeBytes" BIGINT NOT NULL DEFAULT 0,
    "fileId" UUID,
    "endsAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ClipExport_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "ClipExport_fileId_key" ON "ClipExport"("fileId");

-- CreateIndex
CREATE INDEX "ClipExport_userId_createdAt_idx" ON "ClipExport"("userId", "createdAt");

-- CreateIndex
CREATE INDEX "ClipExport_clipId_idx" ON "ClipExport"("clipId");

-- CreateIndex
CREATE INDEX "ClipExport_status_endsAt_idx" ON "ClipExport"("status", "endsAt");

-- AddForeignKey
ALTER TABLE "ClipExport" ADD CONSTRAINT "ClipExport_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ClipExport" ADD CONSTRAINT "ClipExport_clipId_fkey" FOREIGN KEY ("clipId") REFERENCES "ReplayClip"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ClipExport" ADD CONSTRAINT "ClipExport_fileId_fkey" FOREIGN KEY ("fileId") REFERENCES "File"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Written by hand, like the checks of clips: a reservation ends with the work that it is for, and a finished export has a file.
ALTER TABLE "ClipExport"
  ADD CONSTRAINT "ClipExport_sizeBytes_check" CHECK ("sizeBytes" >= 0),
  ADD CONSTRAINT "ClipExport_attempts_check" CHECK ("attempts" >= 0),
  ADD CONSTRAINT "ClipExport_reservedBytes_check"
    CHECK ("reservedBytes" >= 0 AND ("status" = 'PROCESSING' OR "reservedBytes" = 0)),
  ADD CONSTRAINT "ClipExport_ready_has_file_check" CHECK ("status" <> 'READY' OR "fileId" IS NOT NULL),
  ADD CONSTRAINT "ClipExport_ended_has_end_check" CHECK ("status" = 'PROCESSING' OR "endsAt" IS NOT NULL);

ALTER TABLE "InstanceSettings"
  ADD CONSTRAINT "InstanceSettings_chatLimitBytes_check" CHECK ("chatLimitBytes" > 0);

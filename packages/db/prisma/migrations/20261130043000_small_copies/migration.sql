-- AlterEnum
ALTER TYPE "ResourceType" ADD VALUE 'REPLAY_SMALL_COPY';

-- AlterTable
ALTER TABLE "ReplayClip" ADD COLUMN     "smallFileId" UUID;

-- CreateIndex
CREATE UNIQUE INDEX "ReplayClip_smallFileId_key" ON "ReplayClip"("smallFileId");

-- AddForeignKey
ALTER TABLE "ReplayClip" ADD CONSTRAINT "ReplayClip_smallFileId_fkey" FOREIGN KEY ("smallFileId") REFERENCES "File"("id") ON DELETE SET NULL ON UPDATE CASCADE;

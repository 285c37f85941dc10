-- AlterTable
ALTER TABLE "ReplayClip" ADD COLUMN     "mixWantedAt" TIMESTAMPTZ(3),
ADD COLUMN     "shareGainDb" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "ClipVoice" ADD COLUMN     "gainDb" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "takenOutAt" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "ReplayClip_mixWantedAt_idx" ON "ReplayClip"("mixWantedAt");

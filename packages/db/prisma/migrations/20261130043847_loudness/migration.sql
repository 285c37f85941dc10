-- AlterTable
ALTER TABLE "ClipVoice" ADD COLUMN     "loudness" BYTEA;

-- CreateTable
CREATE TABLE "ClipShareLoudness" (
    "clipId" UUID NOT NULL,
    "loudness" BYTEA NOT NULL,

    CONSTRAINT "ClipShareLoudness_pkey" PRIMARY KEY ("clipId")
);

-- AddForeignKey
ALTER TABLE "ClipShareLoudness" ADD CONSTRAINT "ClipShareLoudness_clipId_fkey" FOREIGN KEY ("clipId") REFERENCES "ReplayClip"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AlterTable
ALTER TABLE "ReplayClip" ADD COLUMN     "upgradePutOffAt" TIMESTAMPTZ(3);

-- Clips without sound were taken for processed although there may have been no room for their new file. They are looked at again.
UPDATE "ReplayClip" SET "upgradePutOffAt" = now()
FROM "File" AS file
WHERE file."id" = "ReplayClip"."fileId" AND "ReplayClip"."status" = 'READY' AND "ReplayClip"."audioCodec" IS NULL
  AND "ReplayClip"."spriteFileId" IS NOT NULL AND file."storageKey" NOT LIKE '%-aac-%';

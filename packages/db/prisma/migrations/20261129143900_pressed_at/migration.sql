-- DropIndex
DROP INDEX "ReplayClip_communityId_createdAt_idx";

-- DropIndex
DROP INDEX "ReplayClip_userId_createdAt_idx";

-- AlterTable
ALTER TABLE "ReplayClip" ADD COLUMN     "pressedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- "createdAt" has held the moment of the press. When the row was written is told by its id: the first 48 bits of a UUID of
-- version 7 are that time in milliseconds (RFC 9562, 5.7). A row is never older than its press, nor of the future.
UPDATE "ReplayClip" SET
  "pressedAt" = "createdAt",
  "createdAt" = CASE
    WHEN substr(id::text, 15, 1) = '7' THEN LEAST(
      CURRENT_TIMESTAMP,
      GREATEST(
        "createdAt",
        to_timestamp(('x0000' || substr(replace(id::text, '-', ''), 1, 12))::bit(64)::bigint / 1000.0)
      )
    )
    ELSE "createdAt"
  END;

-- CreateIndex
CREATE INDEX "ReplayClip_userId_pressedAt_idx" ON "ReplayClip"("userId", "pressedAt");

-- CreateIndex
CREATE INDEX "ReplayClip_communityId_pressedAt_idx" ON "ReplayClip"("communityId", "pressedAt");

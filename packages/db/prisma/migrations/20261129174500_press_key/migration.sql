-- AlterTable
ALTER TABLE "ReplayClip" ADD COLUMN     "pressKey" TEXT;

-- CreateIndex
CREATE UNIQUE INDEX "ReplayClip_userId_pressKey_key" ON "ReplayClip"("userId", "pressKey");

-- AlterTable
ALTER TABLE "User" ADD COLUMN     "shownSkeleton" TEXT;

-- CreateIndex
CREATE INDEX "User_shownSkeleton_idx" ON "User"("shownSkeleton");

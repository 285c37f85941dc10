-- AlterTable
ALTER TABLE "User" ADD COLUMN     "usernameSkeleton" TEXT;

-- CreateIndex
CREATE INDEX "User_usernameSkeleton_idx" ON "User"("usernameSkeleton");

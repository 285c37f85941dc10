-- CreateEnum
CREATE TYPE "ProgramKeyScope" AS ENUM ('PRESS', 'READ');

-- CreateTable
CREATE TABLE "ProgramKey" (
    "id" UUID NOT NULL,
    "userId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "scope" "ProgramKeyScope" NOT NULL,
    "keyHash" TEXT NOT NULL,
    "lastUsedAt" TIMESTAMPTZ(3),
    "expiresAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ProgramKey_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "ProgramKey_keyHash_key" ON "ProgramKey"("keyHash");

-- CreateIndex
CREATE INDEX "ProgramKey_userId_createdAt_idx" ON "ProgramKey"("userId", "createdAt");

-- AddForeignKey
ALTER TABLE "ProgramKey" ADD CONSTRAINT "ProgramKey_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

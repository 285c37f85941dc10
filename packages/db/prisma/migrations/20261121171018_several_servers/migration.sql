-- AlterTable
ALTER TABLE "EgressSession" ADD COLUMN     "serverId" UUID;

-- AlterTable
ALTER TABLE "ReplayClip" ADD COLUMN     "makerId" UUID;

-- CreateTable
CREATE TABLE "AppServer" (
    "id" UUID NOT NULL,
    "lockKey" SERIAL NOT NULL,
    "startedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "heartbeatAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "AppServer_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "AttemptCount" (
    "key" TEXT NOT NULL,
    "count" INTEGER NOT NULL,
    "endsAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "AttemptCount_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE UNIQUE INDEX "AppServer_lockKey_key" ON "AppServer"("lockKey");

-- CreateIndex
CREATE INDEX "AttemptCount_endsAt_idx" ON "AttemptCount"("endsAt");

-- AlterTable
ALTER TABLE "ReplayClip" ADD COLUMN     "voiceGainsDb" JSONB;

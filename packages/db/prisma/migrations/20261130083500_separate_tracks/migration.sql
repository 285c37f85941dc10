-- AlterEnum
ALTER TYPE "ResourceType" ADD VALUE 'REPLAY_TRACKS';

-- AlterTable
ALTER TABLE "ReplayClip" ADD COLUMN     "joinOfIds" UUID[] DEFAULT ARRAY[]::UUID[];

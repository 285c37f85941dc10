-- AlterTable
ALTER TABLE "ProgramKey" ADD COLUMN     "pressSeconds" INTEGER;

-- AlterTable
ALTER TABLE "ReplayClip" ADD COLUMN     "startsAfresh" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "User" ADD COLUMN     "buttonSeconds" INTEGER[] DEFAULT ARRAY[60, 120, 300, 600]::INTEGER[],
ADD COLUMN     "pressSeconds" INTEGER NOT NULL DEFAULT 300;

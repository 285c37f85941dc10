-- AlterTable
ALTER TABLE "File" ADD COLUMN     "etag" TEXT,
ALTER COLUMN "checksum" DROP NOT NULL;

-- Whatever is served has a name for its content.
ALTER TABLE "File"
  ADD CONSTRAINT "File_named_check" CHECK ("checksum" IS NOT NULL OR "etag" IS NOT NULL);

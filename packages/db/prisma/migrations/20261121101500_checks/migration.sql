-- Written by hand: schema.prisma has no words for CHECK constraints, and the differ leaves them alone.
-- They hold what would otherwise be lost silently: accounting that went wrong, clips without a file, buffers nobody purges.

ALTER TABLE "InstanceSettings"
  ADD CONSTRAINT "InstanceSettings_one_row_check" CHECK ("id" = 1);

ALTER TABLE "File"
  ADD CONSTRAINT "File_sizeBytes_check" CHECK ("sizeBytes" >= 0);

-- No "used + reserved <= quota": an admin may lower a quota below what is used. Reserving keeps it, in its own UPDATE.
ALTER TABLE "UserReplayQuota"
  ADD CONSTRAINT "UserReplayQuota_quotaBytes_check" CHECK ("quotaBytes" >= 0),
  ADD CONSTRAINT "UserReplayQuota_usedBytes_check" CHECK ("usedBytes" >= 0),
  ADD CONSTRAINT "UserReplayQuota_reservedBytes_check" CHECK ("reservedBytes" >= 0);

ALTER TABLE "CommunityReplayConfig"
  ADD CONSTRAINT "CommunityReplayConfig_maxConcurrent_check" CHECK ("maxConcurrent" >= 0);

ALTER TABLE "ReplayClip"
  ADD CONSTRAINT "ReplayClip_range_check" CHECK ("fromAt" <= "toAt" AND "durationMs" >= 0),
  ADD CONSTRAINT "ReplayClip_sizeBytes_check" CHECK ("sizeBytes" >= 0),
  ADD CONSTRAINT "ReplayClip_attempts_check" CHECK ("attempts" >= 0),
  ADD CONSTRAINT "ReplayClip_reservedBytes_check"
    CHECK ("reservedBytes" >= 0 AND ("status" = 'PROCESSING' OR "reservedBytes" = 0)),
  ADD CONSTRAINT "ReplayClip_ready_has_file_check" CHECK ("status" <> 'READY' OR "fileId" IS NOT NULL);

ALTER TABLE "EgressSession"
  ADD CONSTRAINT "EgressSession_ended_has_time_check"
    CHECK ("status" IN ('STARTING', 'ACTIVE') OR "endedAt" IS NOT NULL);

-- CreateTable
CREATE TABLE "uploads" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "offset_bytes" BIGINT NOT NULL DEFAULT 0,
    "expected_sha256" TEXT,
    "sha256" TEXT,
    "state" TEXT NOT NULL DEFAULT 'OPEN',
    "message" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "uploads_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "comparisons" (
    "id" TEXT NOT NULL,
    "left_build_id" TEXT,
    "left_upload_id" TEXT,
    "right_build_id" TEXT,
    "right_upload_id" TEXT,
    "state" "task_state" NOT NULL DEFAULT 'QUEUED',
    "epoch" INTEGER NOT NULL DEFAULT 0,
    "exit" INTEGER,
    "subcode" TEXT,
    "message" TEXT,
    "result_sha256" TEXT,
    "expires_at" TIMESTAMPTZ(3),
    "stage" TEXT,
    "progress_done" INTEGER NOT NULL DEFAULT 0,
    "progress_total" INTEGER NOT NULL DEFAULT 0,
    "cancel_requested_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "comparisons_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "uploads_state_id_idx" ON "uploads"("state", "id");

-- CreateIndex
CREATE INDEX "comparisons_state_id_idx" ON "comparisons"("state", "id");

-- CreateIndex
CREATE INDEX "comparisons_left_build_id_idx" ON "comparisons"("left_build_id");

-- CreateIndex
CREATE INDEX "comparisons_left_upload_id_idx" ON "comparisons"("left_upload_id");

-- CreateIndex
CREATE INDEX "comparisons_right_build_id_idx" ON "comparisons"("right_build_id");

-- CreateIndex
CREATE INDEX "comparisons_right_upload_id_idx" ON "comparisons"("right_upload_id");

-- AddForeignKey
ALTER TABLE "comparisons" ADD CONSTRAINT "comparisons_left_build_id_fkey" FOREIGN KEY ("left_build_id") REFERENCES "builds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "comparisons" ADD CONSTRAINT "comparisons_left_upload_id_fkey" FOREIGN KEY ("left_upload_id") REFERENCES "uploads"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "comparisons" ADD CONSTRAINT "comparisons_right_build_id_fkey" FOREIGN KEY ("right_build_id") REFERENCES "builds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "comparisons" ADD CONSTRAINT "comparisons_right_upload_id_fkey" FOREIGN KEY ("right_upload_id") REFERENCES "uploads"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- ---- What Prisma cannot say

ALTER TABLE "uploads" ADD CONSTRAINT "uploads_expected_sha256_whole" CHECK (octet_length("expected_sha256") = 64 AND "expected_sha256" !~ '[^0-9a-f]');
ALTER TABLE "uploads" ADD CONSTRAINT "uploads_sha256_whole" CHECK (octet_length("sha256") = 64 AND "sha256" !~ '[^0-9a-f]');
ALTER TABLE "uploads" ADD CONSTRAINT "uploads_state_known" CHECK ("state" IN ('OPEN', 'READY', 'REFUSED', 'REMOVED'));
ALTER TABLE "uploads" ADD CONSTRAINT "uploads_named" CHECK (btrim("name") <> '');
ALTER TABLE "uploads" ADD CONSTRAINT "uploads_offset_within" CHECK ("size_bytes" >= 1 AND "offset_bytes" >= 0 AND "offset_bytes" <= "size_bytes");
-- Nothing half-written counts as there.
ALTER TABLE "uploads" ADD CONSTRAINT "uploads_ready_is_whole" CHECK ("state" <> 'READY' OR ("sha256" IS NOT NULL AND "offset_bytes" = "size_bytes"));
ALTER TABLE "uploads" ADD CONSTRAINT "uploads_finished_when" CHECK (("state" = 'OPEN') = ("finished_at" IS NULL));
ALTER TABLE "comparisons" ADD CONSTRAINT "comparisons_result_sha256_whole" CHECK (octet_length("result_sha256") = 64 AND "result_sha256" !~ '[^0-9a-f]');
ALTER TABLE "comparisons" ADD CONSTRAINT "comparisons_of_two"
  CHECK (num_nonnulls("left_build_id", "left_upload_id") = 1 AND num_nonnulls("right_build_id", "right_upload_id") = 1);
ALTER TABLE "comparisons" ADD CONSTRAINT "comparisons_done_has_result"
  CHECK (("state" = 'DONE') = ("result_sha256" IS NOT NULL AND "exit" IS NOT NULL AND "expires_at" IS NOT NULL));
ALTER TABLE "comparisons" ADD CONSTRAINT "comparisons_failed_says_why" CHECK ("state" <> 'FAILED' OR "subcode" IS NOT NULL);

CREATE TRIGGER ended_stays BEFORE UPDATE OR DELETE ON "comparisons" FOR EACH ROW EXECUTE FUNCTION "refuse_change_of_ended_run"();

-- What was refused or removed stays so, and bytes that were taken are not taken back.
CREATE FUNCTION "refuse_change_of_upload"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.state IN ('REFUSED', 'REMOVED') OR (OLD.state = 'READY' AND NEW.state <> 'REMOVED') OR NEW.offset_bytes < OLD.offset_bytes
    OR (NEW.id, NEW.name, NEW.size_bytes, NEW.expected_sha256) IS DISTINCT FROM (OLD.id, OLD.name, OLD.size_bytes, OLD.expected_sha256) THEN
    RAISE EXCEPTION 'upload % is on record as % and stays so', OLD.id, OLD.state USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER said_stays BEFORE UPDATE OR DELETE ON "uploads" FOR EACH ROW EXECUTE FUNCTION "refuse_change_of_upload"();

-- CreateTable
CREATE TABLE "explanations" (
    "left_sha256" TEXT NOT NULL,
    "right_sha256" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "document" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "explanations_pkey" PRIMARY KEY ("left_sha256","right_sha256","version")
);

-- CreateIndex
CREATE INDEX "explanations_created_at_idx" ON "explanations"("created_at");

-- ---- What Prisma cannot say

ALTER TABLE "explanations" ADD CONSTRAINT "explanations_left_sha256_whole" CHECK (octet_length("left_sha256") = 64 AND "left_sha256" !~ '[^0-9a-f]');
ALTER TABLE "explanations" ADD CONSTRAINT "explanations_right_sha256_whole" CHECK (octet_length("right_sha256") = 64 AND "right_sha256" !~ '[^0-9a-f]');

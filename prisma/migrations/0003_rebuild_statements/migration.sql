-- CreateIndex
CREATE INDEX "verifications_rebuild_statement_sha256_idx" ON "verifications"("rebuild_statement_sha256");

-- AlterTable
ALTER TABLE "exchanges" ADD COLUMN "attempts" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "exchanges" ADD COLUMN "message" TEXT;
ALTER TABLE "exchanges" ADD COLUMN "answer" TEXT;
ALTER TABLE "exchanges" ADD COLUMN "posted" TEXT;
ALTER TABLE "exchanges" ADD COLUMN "answered_at" DATETIME;

-- What earlier versions left open cannot be finished: they kept too little of it.
UPDATE "exchanges" SET "state" = 'expired', "reason" = 'left-open', "finished_at" = "admitted_at" WHERE "finished_at" IS NULL;

-- CreateIndex
CREATE INDEX "exchanges_open_idx" ON "exchanges"("agent_id") WHERE "finished_at" IS NULL;

-- CreateTable
CREATE TABLE "bot_leases" (
    "agent_id" TEXT NOT NULL PRIMARY KEY,
    "host_id" TEXT NOT NULL,
    "process_id" TEXT NOT NULL,
    "proof" TEXT NOT NULL,
    "host_name" TEXT NOT NULL,
    "fence" BIGINT NOT NULL,
    "expires_at" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "last_seen" (
    "agent_id" TEXT NOT NULL PRIMARY KEY,
    "message_id" TEXT NOT NULL,
    "updated_at" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "erasures" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "subject" TEXT NOT NULL,
    "counts" TEXT NOT NULL,
    "at" DATETIME NOT NULL
);

-- CreateIndex
CREATE INDEX "erasures_subject_idx" ON "erasures"("subject");

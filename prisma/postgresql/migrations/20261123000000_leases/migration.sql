-- AlterTable
ALTER TABLE "exchanges" ADD COLUMN "attempts" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "exchanges" ADD COLUMN "message" TEXT;
ALTER TABLE "exchanges" ADD COLUMN "answer" TEXT;
ALTER TABLE "exchanges" ADD COLUMN "posted" TEXT;
ALTER TABLE "exchanges" ADD COLUMN "answered_at" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "exchanges_open_idx" ON "exchanges"("agent_id") WHERE "finished_at" IS NULL;

-- CreateTable
CREATE TABLE "bot_leases" (
    "agent_id" VARCHAR(36) COLLATE "C" NOT NULL,
    "host_id" VARCHAR(36) COLLATE "C" NOT NULL,
    "process_id" VARCHAR(36) COLLATE "C" NOT NULL,
    "proof" VARCHAR(190) COLLATE "C" NOT NULL,
    "host_name" VARCHAR(190) COLLATE "C" NOT NULL,
    "fence" BIGINT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "bot_leases_pkey" PRIMARY KEY ("agent_id")
);

-- CreateTable
CREATE TABLE "last_seen" (
    "agent_id" VARCHAR(36) COLLATE "C" NOT NULL,
    "message_id" VARCHAR(20) COLLATE "C" NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "last_seen_pkey" PRIMARY KEY ("agent_id")
);

-- CreateTable
CREATE TABLE "erasures" (
    "id" VARCHAR(36) COLLATE "C" NOT NULL,
    "subject" VARCHAR(64) COLLATE "C" NOT NULL,
    "counts" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "erasures_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "erasures_subject_idx" ON "erasures"("subject");

-- AlterTable
ALTER TABLE "agents" ADD COLUMN "allowed_users" JSONB;
ALTER TABLE "agents" ADD COLUMN "allowed_roles" JSONB;
ALTER TABLE "agents" ADD COLUMN "blocked_users" JSONB;
ALTER TABLE "agents" ADD COLUMN "rate_limit" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "memories" (
    "id" VARCHAR(36) COLLATE "C" NOT NULL,
    "agent_id" VARCHAR(36) COLLATE "C" NOT NULL,
    "user_id" VARCHAR(20) COLLATE "C" NOT NULL,
    "scope" VARCHAR(20) COLLATE "C" NOT NULL,
    "summary" TEXT,
    "summary_until" VARCHAR(36) COLLATE "C",
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "memories_pkey" PRIMARY KEY ("id")
);

-- AddForeignKey
ALTER TABLE "memories" ADD CONSTRAINT "memories_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agents" ("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- CreateTable
CREATE TABLE "memory_turns" (
    "memory_id" VARCHAR(36) COLLATE "C" NOT NULL,
    "exchange_id" VARCHAR(36) COLLATE "C" NOT NULL,
    "question" TEXT NOT NULL,
    "answer" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "memory_turns_pkey" PRIMARY KEY ("memory_id", "exchange_id")
);

-- AddForeignKey
ALTER TABLE "memory_turns" ADD CONSTRAINT "memory_turns_memory_id_fkey" FOREIGN KEY ("memory_id") REFERENCES "memories" ("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- CreateTable
CREATE TABLE "model_calls" (
    "id" VARCHAR(36) COLLATE "C" NOT NULL,
    "agent_id" VARCHAR(36) COLLATE "C" NOT NULL,
    "user_id" VARCHAR(20) COLLATE "C",
    "guild_id" VARCHAR(20) COLLATE "C",
    "exchange_id" VARCHAR(36) COLLATE "C",
    "purpose" VARCHAR(20) COLLATE "C" NOT NULL,
    "provider" VARCHAR(64) COLLATE "C" NOT NULL,
    "model" VARCHAR(190) COLLATE "C" NOT NULL,
    "input_tokens" INTEGER NOT NULL,
    "cached_tokens" INTEGER NOT NULL,
    "output_tokens" INTEGER NOT NULL,
    "counted" BOOLEAN NOT NULL,
    "nano_usd" BIGINT,
    "latency_ms" INTEGER NOT NULL,
    "outcome" VARCHAR(32) COLLATE "C" NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "model_calls_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "budget_counters" (
    "scope" VARCHAR(190) COLLATE "C" NOT NULL,
    "day" VARCHAR(10) COLLATE "C" NOT NULL,
    "nano_usd" BIGINT NOT NULL,
    "tokens" BIGINT NOT NULL,

    CONSTRAINT "budget_counters_pkey" PRIMARY KEY ("scope", "day")
);

-- CreateTable
CREATE TABLE "guard_findings" (
    "id" VARCHAR(36) COLLATE "C" NOT NULL,
    "agent_id" VARCHAR(36) COLLATE "C" NOT NULL,
    "exchange_id" VARCHAR(36) COLLATE "C" NOT NULL,
    "user_id" VARCHAR(20) COLLATE "C" NOT NULL,
    "rule" VARCHAR(80) COLLATE "C" NOT NULL,
    "action" VARCHAR(20) COLLATE "C" NOT NULL,
    "source" VARCHAR(190) COLLATE "C" NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "guard_findings_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "memories_agent_id_user_id_scope_key" ON "memories"("agent_id", "user_id", "scope");

-- CreateIndex
CREATE INDEX "memories_user_id_idx" ON "memories"("user_id");

-- CreateIndex
CREATE INDEX "model_calls_agent_id_at_idx" ON "model_calls"("agent_id", "at");

-- AlterTable
ALTER TABLE "agents" ADD COLUMN "allowed_users" JSONB;
ALTER TABLE "agents" ADD COLUMN "allowed_roles" JSONB;
ALTER TABLE "agents" ADD COLUMN "blocked_users" JSONB;
ALTER TABLE "agents" ADD COLUMN "rate_limit" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "memories" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "agent_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "summary" TEXT,
    "summary_until" TEXT,
    "created_at" DATETIME NOT NULL,
    "updated_at" DATETIME NOT NULL,
    CONSTRAINT "memories_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agents" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "memory_turns" (
    "memory_id" TEXT NOT NULL,
    "exchange_id" TEXT NOT NULL,
    "question" TEXT NOT NULL,
    "answer" TEXT NOT NULL,
    "at" DATETIME NOT NULL,

    PRIMARY KEY ("memory_id", "exchange_id"),
    CONSTRAINT "memory_turns_memory_id_fkey" FOREIGN KEY ("memory_id") REFERENCES "memories" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "model_calls" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "agent_id" TEXT NOT NULL,
    "user_id" TEXT,
    "guild_id" TEXT,
    "exchange_id" TEXT,
    "purpose" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "input_tokens" INTEGER NOT NULL,
    "cached_tokens" INTEGER NOT NULL,
    "output_tokens" INTEGER NOT NULL,
    "counted" BOOLEAN NOT NULL,
    "nano_usd" BIGINT,
    "latency_ms" INTEGER NOT NULL,
    "outcome" TEXT NOT NULL,
    "at" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "budget_counters" (
    "scope" TEXT NOT NULL,
    "day" TEXT NOT NULL,
    "nano_usd" BIGINT NOT NULL,
    "tokens" BIGINT NOT NULL,

    PRIMARY KEY ("scope", "day")
);

-- CreateTable
CREATE TABLE "guard_findings" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "agent_id" TEXT NOT NULL,
    "exchange_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "rule" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "at" DATETIME NOT NULL
);

-- CreateIndex
CREATE UNIQUE INDEX "memories_agent_id_user_id_scope_key" ON "memories"("agent_id", "user_id", "scope");

-- CreateIndex
CREATE INDEX "memories_user_id_idx" ON "memories"("user_id");

-- CreateIndex
CREATE INDEX "model_calls_agent_id_at_idx" ON "model_calls"("agent_id", "at");

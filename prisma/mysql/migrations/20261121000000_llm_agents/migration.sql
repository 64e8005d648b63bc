-- AlterTable
ALTER TABLE `agents` ADD COLUMN `allowed_users` JSON;
ALTER TABLE `agents` ADD COLUMN `allowed_roles` JSON;
ALTER TABLE `agents` ADD COLUMN `blocked_users` JSON;
ALTER TABLE `agents` ADD COLUMN `rate_limit` INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE `memories` (
    `id` VARCHAR(36) NOT NULL,
    `agent_id` VARCHAR(36) NOT NULL,
    `user_id` VARCHAR(20) NOT NULL,
    `scope` VARCHAR(20) NOT NULL,
    `summary` MEDIUMTEXT NULL,
    `summary_until` VARCHAR(36) NULL,
    `created_at` DATETIME(3) NOT NULL,
    `updated_at` DATETIME(3) NOT NULL,

    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ENGINE = InnoDB;

-- AddForeignKey
ALTER TABLE `memories` ADD CONSTRAINT `memories_agent_id_fkey` FOREIGN KEY (`agent_id`) REFERENCES `agents` (`id`) ON DELETE CASCADE ON UPDATE CASCADE;

-- CreateTable
CREATE TABLE `memory_turns` (
    `memory_id` VARCHAR(36) NOT NULL,
    `exchange_id` VARCHAR(36) NOT NULL,
    `question` MEDIUMTEXT NOT NULL,
    `answer` MEDIUMTEXT NOT NULL,
    `at` DATETIME(3) NOT NULL,

    PRIMARY KEY (`memory_id`, `exchange_id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ENGINE = InnoDB;

-- AddForeignKey
ALTER TABLE `memory_turns` ADD CONSTRAINT `memory_turns_memory_id_fkey` FOREIGN KEY (`memory_id`) REFERENCES `memories` (`id`) ON DELETE CASCADE ON UPDATE CASCADE;

-- CreateTable
CREATE TABLE `model_calls` (
    `id` VARCHAR(36) NOT NULL,
    `agent_id` VARCHAR(36) NOT NULL,
    `user_id` VARCHAR(20) NULL,
    `guild_id` VARCHAR(20) NULL,
    `exchange_id` VARCHAR(36) NULL,
    `purpose` VARCHAR(20) NOT NULL,
    `provider` VARCHAR(64) NOT NULL,
    `model` VARCHAR(190) NOT NULL,
    `input_tokens` INTEGER NOT NULL,
    `cached_tokens` INTEGER NOT NULL,
    `output_tokens` INTEGER NOT NULL,
    `counted` BOOLEAN NOT NULL,
    `nano_usd` BIGINT NULL,
    `latency_ms` INTEGER NOT NULL,
    `outcome` VARCHAR(32) NOT NULL,
    `at` DATETIME(3) NOT NULL,

    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ENGINE = InnoDB;

-- CreateTable
CREATE TABLE `budget_counters` (
    `scope` VARCHAR(190) NOT NULL,
    `day` VARCHAR(10) NOT NULL,
    `nano_usd` BIGINT NOT NULL,
    `tokens` BIGINT NOT NULL,

    PRIMARY KEY (`scope`, `day`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ENGINE = InnoDB;

-- CreateTable
CREATE TABLE `guard_findings` (
    `id` VARCHAR(36) NOT NULL,
    `agent_id` VARCHAR(36) NOT NULL,
    `exchange_id` VARCHAR(36) NOT NULL,
    `user_id` VARCHAR(20) NOT NULL,
    `rule` VARCHAR(80) NOT NULL,
    `action` VARCHAR(20) NOT NULL,
    `source` VARCHAR(190) NOT NULL,
    `at` DATETIME(3) NOT NULL,

    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ENGINE = InnoDB;

-- CreateIndex
CREATE UNIQUE INDEX `memories_agent_id_user_id_scope_key` ON `memories`(`agent_id`, `user_id`, `scope`);

-- CreateIndex
CREATE INDEX `memories_user_id_idx` ON `memories`(`user_id`);

-- CreateIndex
CREATE INDEX `model_calls_agent_id_at_idx` ON `model_calls`(`agent_id`, `at`);

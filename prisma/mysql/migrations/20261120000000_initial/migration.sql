-- CreateTable
CREATE TABLE `agents` (
    `id` VARCHAR(36) NOT NULL,
    `name` VARCHAR(80) NOT NULL,
    `name_key` VARCHAR(190) NOT NULL,
    `enabled` BOOLEAN NOT NULL,
    `type` VARCHAR(32) NOT NULL,
    `discord_token` VARCHAR(512) NULL,
    `token_fingerprint` VARCHAR(64) NULL,
    `respond_to_dm` BOOLEAN NOT NULL,
    `respond_to_everyone` BOOLEAN NOT NULL,
    `respond_without_mention` BOOLEAN NOT NULL,
    `guild_whitelist` JSON NOT NULL,
    `channel_whitelist` JSON NOT NULL,
    `config` JSON NOT NULL,
    `application_id` VARCHAR(20) NULL,
    `bot_user_id` VARCHAR(20) NULL,
    `bot_username` VARCHAR(80) NULL,
    `state` VARCHAR(20) NOT NULL,
    `state_reason` TEXT NOT NULL,
    `state_changed_at` DATETIME(3) NOT NULL,
    `created_at` DATETIME(3) NOT NULL,
    `updated_at` DATETIME(3) NOT NULL,

    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ENGINE = InnoDB;

-- CreateTable
CREATE TABLE `gateway_sessions` (
    `agent_id` VARCHAR(36) NOT NULL,
    `shard_id` INTEGER NOT NULL,
    `shard_count` INTEGER NOT NULL,
    `application_id` VARCHAR(20) NOT NULL,
    `session_id` VARCHAR(190) NOT NULL,
    `resume_url` VARCHAR(500) NOT NULL,
    `message_content` BOOLEAN NOT NULL,
    `sequence` INTEGER NOT NULL,
    `updated_at` DATETIME(3) NOT NULL,

    PRIMARY KEY (`agent_id`, `shard_id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ENGINE = InnoDB;

-- AddForeignKey
ALTER TABLE `gateway_sessions` ADD CONSTRAINT `gateway_sessions_agent_id_fkey` FOREIGN KEY (`agent_id`) REFERENCES `agents` (`id`) ON DELETE CASCADE ON UPDATE CASCADE;

-- CreateTable
CREATE TABLE `identifies` (
    `id` VARCHAR(36) NOT NULL,
    `application_id` VARCHAR(20) NOT NULL,
    `at` DATETIME(3) NOT NULL,

    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ENGINE = InnoDB;

-- CreateTable
CREATE TABLE `exchanges` (
    `id` VARCHAR(36) NOT NULL,
    `agent_id` VARCHAR(36) NOT NULL,
    `message_id` VARCHAR(20) NOT NULL,
    `channel_id` VARCHAR(20) NOT NULL,
    `guild_id` VARCHAR(20) NULL,
    `user_id` VARCHAR(20) NOT NULL,
    `state` VARCHAR(20) NOT NULL,
    `reason` VARCHAR(190) NOT NULL,
    `question` MEDIUMTEXT NOT NULL,
    `admitted_at` DATETIME(3) NOT NULL,
    `finished_at` DATETIME(3) NULL,

    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ENGINE = InnoDB;

-- CreateIndex
CREATE UNIQUE INDEX `agents_name_key_key` ON `agents`(`name_key`);

-- CreateIndex
CREATE UNIQUE INDEX `agents_token_fingerprint_key` ON `agents`(`token_fingerprint`);

-- CreateIndex
CREATE INDEX `identifies_application_id_at_idx` ON `identifies`(`application_id`, `at`);

-- CreateIndex
CREATE UNIQUE INDEX `exchanges_agent_id_message_id_key` ON `exchanges`(`agent_id`, `message_id`);

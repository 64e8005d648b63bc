-- AlterTable
ALTER TABLE `exchanges` ADD COLUMN `attempts` INTEGER NOT NULL DEFAULT 0;
ALTER TABLE `exchanges` ADD COLUMN `message` MEDIUMTEXT;
ALTER TABLE `exchanges` ADD COLUMN `answer` MEDIUMTEXT;
ALTER TABLE `exchanges` ADD COLUMN `posted` MEDIUMTEXT;
ALTER TABLE `exchanges` ADD COLUMN `answered_at` DATETIME(3);

-- CreateIndex
CREATE INDEX `exchanges_open_idx` ON `exchanges`(`agent_id`, `finished_at`);

-- CreateTable
CREATE TABLE `bot_leases` (
    `agent_id` VARCHAR(36) NOT NULL,
    `host_id` VARCHAR(36) NOT NULL,
    `process_id` VARCHAR(36) NOT NULL,
    `proof` VARCHAR(190) NOT NULL,
    `host_name` VARCHAR(190) NOT NULL,
    `fence` BIGINT NOT NULL,
    `expires_at` DATETIME(3) NOT NULL,

    PRIMARY KEY (`agent_id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ENGINE = InnoDB;

-- CreateTable
CREATE TABLE `last_seen` (
    `agent_id` VARCHAR(36) NOT NULL,
    `message_id` VARCHAR(20) NOT NULL,
    `updated_at` DATETIME(3) NOT NULL,

    PRIMARY KEY (`agent_id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ENGINE = InnoDB;

-- CreateTable
CREATE TABLE `erasures` (
    `id` VARCHAR(36) NOT NULL,
    `subject` VARCHAR(64) NOT NULL,
    `counts` TEXT NOT NULL,
    `at` DATETIME(3) NOT NULL,

    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ENGINE = InnoDB;

-- CreateIndex
CREATE INDEX `erasures_subject_idx` ON `erasures`(`subject`);

resource "aws_cloudwatch_log_group" "host" {
  name              = "/ecs/${var.name}"
  retention_in_days = var.log_retention_days
}

resource "aws_ecs_task_definition" "host" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.architecture
  }

  # Gone with the task: which host this is and, where LOG_TO_FILE asks for it, a log. The image declares both as
  # volumes, so that they belong to its user.
  volume {
    name = "data"
  }

  volume {
    name = "logs"
  }

  container_definitions = jsonencode([
    {
      name                   = "troupe"
      image                  = var.image
      essential              = true
      user                   = "1000:1000"
      readonlyRootFilesystem = true
      # Fargate gives the container the rest of the task's memory, and 120 seconds at most.
      stopTimeout     = var.shutdown_timeout + 15
      linuxParameters = { capabilities = { drop = ["ALL"] } }
      environment     = [for name in sort(keys(local.settings)) : { name = name, value = local.settings[name] }]
      secrets         = [for name in sort(keys(var.secrets)) : { name = name, valueFrom = var.secrets[name] }]
      portMappings    = [{ name = "http", containerPort = local.port, protocol = "tcp" }]
      mountPoints = [
        { sourceVolume = "data", containerPath = "/app/data", readOnly = false },
        { sourceVolume = "logs", containerPath = "/app/logs", readOnly = false },
      ]
      # ECS does not look at the image's own. The start may take as long as a migration of the database.
      healthCheck = {
        command     = ["CMD", "node", "--import", "./scripts/preload.js", "scripts/ask-health.ts", "liveness"]
        interval    = 30
        timeout     = 6
        retries     = 3
        startPeriod = 300
      }
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = aws_cloudwatch_log_group.host.name
          awslogs-region        = var.region
          awslogs-stream-prefix = "host"
          # A host whose log cannot be written goes on.
          mode            = "non-blocking"
          max-buffer-size = "4m"
        }
      }
    },
  ])
}

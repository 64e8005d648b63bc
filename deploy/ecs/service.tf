resource "aws_ecs_cluster" "this" {
  count = var.cluster_arn == null ? 1 : 0

  name = var.name

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_service" "host" {
  name            = var.name
  cluster         = local.cluster_arn
  task_definition = aws_ecs_task_definition.host.arn
  desired_count   = var.host_count
  launch_type     = "FARGATE"

  # A new host starts and stands by before an old one is told to stop, hands its bots over and ends: no bot waits.
  # Not with a migration of the database: host_count = 0 first, see docs/deploy/ecs.md.
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200

  # A version that does not start is given up, and the old hosts stay. Not rolled back: an older version does not start
  # on a database that the newer one has migrated.
  deployment_circuit_breaker {
    enable   = true
    rollback = false
  }

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [aws_security_group.host.id]
    assign_public_ip = var.assign_public_ip
  }

  enable_ecs_managed_tags = true
  propagate_tags          = "SERVICE"

  # The first task would not find its secrets.
  depends_on = [aws_iam_role_policy.secrets, aws_iam_role_policy_attachment.execution]
}

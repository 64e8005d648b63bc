output "cluster_arn" {
  description = "The cluster, for aws ecs commands."
  value       = local.cluster_arn
}

output "service_name" {
  description = "The service, for aws ecs commands."
  value       = aws_ecs_service.host.name
}

output "task_definition_arn" {
  description = "The version that runs; an earlier one rolls back."
  value       = aws_ecs_task_definition.host.arn
}

output "security_group_id" {
  description = "The hosts' security group: the database's has to let it in."
  value       = aws_security_group.host.id
}

output "log_group_name" {
  description = "Where the log is."
  value       = aws_cloudwatch_log_group.host.name
}

output "task_role_arn" {
  description = "The role of the host itself, for a bucket's own policy."
  value       = aws_iam_role.task.arn
}

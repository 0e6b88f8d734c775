output "store_url" {
  description = "The run store, for `--store` and `ECR_SWEEP_STORE`."
  value       = aws_cloudformation_stack.home.outputs["StoreUrl"]
}

output "state_machine_arn" {
  description = "What `ecr-sweep start` starts."
  value       = aws_cloudformation_stack.home.outputs["StateMachineArn"]
}

output "topic_arn" {
  description = "The topic that notices go to: subscribe to it."
  value       = aws_cloudformation_stack.home.outputs["TopicArn"]
}

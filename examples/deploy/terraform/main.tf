# The hello function of lunambda.
terraform {
  required_version = ">= 1.3"
  required_providers {
    aws     = { source = "hashicorp/aws", version = ">= 5.32" }
    archive = { source = "hashicorp/archive", version = ">= 2.2" }
  }
}

variable "lunambda_layer" {
  description = "ARN of the lunambda layer for the architecture, version included"
  type        = string
  validation {
    condition     = can(regex("^arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:layer:[A-Za-z0-9_-]+:[0-9]+$", var.lunambda_layer))
    error_message = "It looks like arn:aws:lambda:eu-west-1:123456789012:layer:lunambda-arm64:1."
  }
}

variable "architecture" {
  type    = string
  default = "x86_64"
  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "It is x86_64 or arm64."
  }
}

data "archive_file" "hello" {
  type        = "zip"
  source_dir  = "${path.module}/../../hello"
  output_path = "${path.module}/hello.zip"
}

resource "aws_lambda_function" "hello" {
  function_name    = "lunambda-hello"
  filename         = data.archive_file.hello.output_path
  source_code_hash = data.archive_file.hello.output_base64sha256
  handler          = "hello.handler"
  runtime          = "provided.al2023"
  architectures    = [var.architecture]
  layers           = [var.lunambda_layer]
  memory_size      = 128
  timeout          = 3
  role             = aws_iam_role.hello.arn
  depends_on       = [aws_cloudwatch_log_group.hello, aws_iam_role_policy.hello]
}

resource "aws_cloudwatch_log_group" "hello" {
  name              = "/aws/lambda/lunambda-hello"
  retention_in_days = 14
}

resource "aws_iam_role" "hello" {
  name               = "lunambda-hello"
  assume_role_policy = file("${path.module}/../iam/trust.json")
}

resource "aws_iam_role_policy" "hello" {
  name   = "log"
  role   = aws_iam_role.hello.id
  policy = file("${path.module}/../iam/function.json")
}

output "function" {
  value = aws_lambda_function.hello.function_name
}

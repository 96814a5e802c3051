mod "aws_compliance" {
  title       = "AWS Compliance"
  description = "Benchmarks for AWS accounts that run on an ironpipe inventory, on Steampipe, or on any PostgreSQL database with Steampipe's tables."
  color       = "#FF9900"
  categories  = ["aws", "compliance", "public cloud", "security"]
  database    = var.database

  opengraph {
    title       = "AWS Compliance for ironpipe"
    description = "CIS AWS Foundations Benchmark controls, without a database server."
  }
}

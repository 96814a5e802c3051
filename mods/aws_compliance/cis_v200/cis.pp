locals {
  cis_v200_tags = {
    category    = "Compliance"
    plugin      = "aws"
    service     = "AWS"
    cis         = "true"
    cis_version = "v2.0.0"
  }
}

benchmark "cis_v200" {
  title         = "CIS v2.0.0"
  description   = "CIS Amazon Web Services Foundations Benchmark v2.0.0. Holds the sections whose data ironpipe collects: section 1, identity and access management."
  documentation = file("./cis_v200/docs/cis_v200.md")
  children      = [benchmark.cis_v200_1]

  tags = merge(local.cis_v200_tags, {
    type = "Benchmark"
  })
}

module pulumi

go 1.26.0

require github.com/pulumi/pulumi/pkg/v3 v3.250.0

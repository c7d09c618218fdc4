module pulumi

go 1.26.6

require (
	github.com/pulumi/pulumi-yaml v1.38.0
	github.com/pulumi/pulumi/pkg/v3 v3.260.0
)

module fortio

go 1.26.0

require fortio.org/fortio v1.63.6

// Downloads the Pulumi CLI of the SDK's own version into the folder given. A process of its own, so that it can be bound.
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";

await PulumiCommand.install({ root: process.argv[2] });

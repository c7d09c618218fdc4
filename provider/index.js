// The entry of the provider: Pulumi's language host looks for a file of this name.
import "./provider.ts";

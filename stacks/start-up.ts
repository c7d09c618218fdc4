/**
 * Imported first, for its effect on the program's start. The SDK asks for a source map with each promise it makes, by
 * the hook of source-map-support, and finds none: Node strips types in place, so every position holds without. Without
 * the hook the program of stack prod takes a third of the CPU (docs/measurements.md, "Figures the program uses").
 */
Reflect.deleteProperty(Error, "prepareStackTrace");

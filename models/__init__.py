"""One back-end per file, each with an ENGINE; found by folder scan, loaded only when asked."""

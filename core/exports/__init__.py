"""One file format each: rows to a file; the folder is scanned for `EXPORT`."""

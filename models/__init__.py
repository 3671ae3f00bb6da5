"""One back-end per file, each with an ENGINE; found by folder scan, loaded only when asked."""

import core as core  # before any ONNX Runtime: it switches the telemetry off

"""What would still exist with another screen and other models.

Importing any part of it first tells the libraries that we load to call nobody: ONNX Runtime 1.31 reads this once,
at its own import, and otherwise keeps a device id in the home folder and asks for its maker's event host.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

"""Known holes in what requirements.txt pins: pip-audit where its advisories can be reached, a word where not."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

ADVISORIES = "api.osv.dev"
"""the database pip-audit asks"""
PATIENCE_S = 2.0
REQUIREMENTS = Path(__file__).parents[2] / "requirements.txt"


def main() -> int:
    """Exit status of pip-audit; 0 where the advisories cannot be reached."""
    try:
        socket.create_connection((ADVISORIES, 443), PATIENCE_S).close()
    except OSError:
        print("audit skipped: the advisory data cannot be reached from here")
        return 0
    command = [sys.executable, "-m", "pip_audit", "-r", str(REQUIREMENTS), "--disable-pip", "--no-deps", "-s", "osv"]
    return subprocess.run(command, check=False).returncode  # noqa: S603 - our own file


if __name__ == "__main__":
    sys.exit(main())

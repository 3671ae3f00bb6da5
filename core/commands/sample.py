"""Writes a synthetic study as an export bundle: `python -m core.commands.sample --out sample.zip`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from core.exports.bundle import EXPORT
from core.synthetic.study import sample_tables


def main(given: list[str] | None = None) -> int:
    """Writes the bundle."""
    parser = argparse.ArgumentParser(prog="python -m core.commands.sample", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("sample.zip"), help="file to write")
    arguments = parser.parse_args(given)
    arguments.out.write_bytes(EXPORT.write(sample_tables()))
    sys.stdout.write(f"{arguments.out}: synthetic, nobody was recorded\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

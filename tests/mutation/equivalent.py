"""Changes that no test can notice, because nothing that anybody could see is different; each with its reason."""

from __future__ import annotations

EQUIVALENT: dict[str, str] = {}
"""by the key of a place"""

"""Thin shells around the session: what comes in becomes media with a session time, events go out as JSON."""

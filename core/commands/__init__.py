"""Chores: `python -m core.commands.<name>`."""

"""Who a token belongs to, what that person allowed, and what for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Scope = Literal["camera", "microphone", "text", "history", "observe", "device", "train"]
SCOPES: tuple[Scope, ...] = ("camera", "microphone", "text", "history", "observe", "device", "train")

PURPOSES = ("self", "research", "art", "accessibility", "other")
REFUSED_PURPOSES = ("workplace", "education")
"""EU AI Act, Regulation (EU) 2024/1689, Art. 5(1)(f): no inference of emotions at work or in education."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who a token belongs to, and what that person allowed."""

    user_id: str
    role: Literal["visitor", "facilitator", "admin"]
    scopes: frozenset[Scope]
    purpose: str
    consent_id: str
    expires_at: float
    """UTC, seconds since the epoch"""
    username: str | None = None
    device_id: str = ""
    """which of the person's tokens this is; says nothing about the token itself"""

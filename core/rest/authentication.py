"""Whose token it is: the person behind a request, for every REST route; admins where only they may come in."""

from __future__ import annotations

from fastapi import Request

from core.errors import NotFound, Unauthorised
from core.people import Person
from core.services import Services


def bearer(request: Request) -> str:
    """The token of `Authorization: Bearer …`. Raises Unauthorised."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthorised("send your token as Authorization: Bearer …; POST /api/guest gives one", "no_token")
    return token.strip()


async def asking(request: Request, services: Services) -> Person:
    """The person behind the request. Raises Unauthorised."""
    return await services.accounts.person(bearer(request))


async def asking_admin(request: Request, services: Services) -> Person:
    """Raises NotFound for everybody else: to them these routes do not exist."""
    person = await asking(request, services)
    if person.role != "admin":
        raise NotFound("there is nothing here")
    return person

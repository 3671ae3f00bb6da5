"""What a person or an operator does across rooms; every door (socket, REST, shell) calls these."""

from __future__ import annotations

from core.errors import NotFound
from core.record import deletion
from core.services import Services
from core.types import Person


async def change_scopes(
    services: Services, person: Person, scopes: list[str], deletes: bool, purpose: str | None = None
) -> Person:
    """The ledger first, then every session of this person, then what the scopes taken back have covered."""
    changed = await services.accounts.change_scopes(person, scopes, purpose)
    await services.sessions.change_person(changed)
    covered = [scope for scope in ("history", "text") if scope in person.scopes - changed.scopes]
    if deletes and covered:
        await deletion.delete_kept(services.store, person.user_id, covered)
    return changed


async def delete_person(services: Services, user_id: str) -> None:
    """Nothing more is taken down, then nothing is left."""
    await services.sessions.let_go(user_id)
    try:
        await deletion.delete_person(services.store, user_id)
    finally:
        services.accounts.forget(user_id)


async def set_role(services: Services, user_id: str, role: str) -> None:
    """In force at once: the person's tokens are looked up anew. Raises NotFound."""
    rows = await services.store.execute(
        lambda c: c.execute("UPDATE users SET role = ? WHERE user_id = ? RETURNING user_id", [role, user_id]).fetchall()
    )
    if not rows:
        raise NotFound("there is no such user; GET /api/admin/users lists them")
    services.accounts.forget(user_id)

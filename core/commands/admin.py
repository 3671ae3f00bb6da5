"""Chores at the shell, while the app is stopped: `python -m core.commands.admin <chore> [--data-dir DIR]`.

A running app has the database to itself; while it runs, the admin tab does the same.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from core import acts
from core.errors import AppError
from core.people import Person
from core.record import deletion, queries
from core.record.accounts import ROLES, Accounts
from core.record.backup import back_up, restore
from core.record.cipher import file_key
from core.record.retention import Retention
from core.record.starting import find_key
from core.record.store import FILE_NAME, Store
from core.record.users import find_user
from core.settings import Settings, read_settings


class NobodyThere:
    """The sessions that run while the app is stopped."""

    async def change_person(self, person: Person) -> None:
        """None has their scopes."""

    async def let_go(self, user_id: str) -> None:
        """None has to end."""

    def stop_keeping(self, session_id: str) -> None:
        """None is being kept."""

    async def close_of(self, user_id: str, device_id: str | None = None, *, spare: str | None = None) -> int:
        """How many were ended."""
        return 0


@dataclass(frozen=True)
class Shell:
    """What a chore works with: the record, without anybody live."""

    settings: Settings
    store: Store
    accounts: Accounts
    sessions: NobodyThere = field(default_factory=NobodyThere)


Chore = Callable[[Shell, argparse.Namespace], Awaitable[str]]


def _ask_password(arguments: argparse.Namespace) -> str:
    """From standard input where it is no terminal; it is never an argument, where others could see it."""
    if sys.stdin.isatty():
        return getpass.getpass(f"Password for {arguments.username}: ")
    return sys.stdin.readline().rstrip("\n")


def _ask(question: str) -> str:
    return input(question)


async def _create_admin(shell: Shell, arguments: argparse.Namespace) -> str:
    await acts.add_admin(shell, arguments.username, _ask_password(arguments))
    return f"admin {arguments.username} created"


async def _promote(shell: Shell, arguments: argparse.Namespace) -> str:
    await acts.set_role(shell, await find_user(shell.store, arguments.username), arguments.role)
    return f"{arguments.username} is {arguments.role} now"


async def _reset_password(shell: Shell, arguments: argparse.Namespace) -> str:
    await shell.accounts.set_password(arguments.username, _ask_password(arguments))
    return f"password of {arguments.username} changed; every device has to sign in again"


async def _revoke(shell: Shell, arguments: argparse.Namespace) -> str:
    _, count = await acts.sign_out(shell, await find_user(shell.store, arguments.username))
    return f"{count} devices signed out"


async def _purge(shell: Shell, arguments: argparse.Namespace) -> str:
    user_id = await find_user(shell.store, arguments.username)
    kept = await deletion.count_kept(shell.store, user_id)
    told = f"{kept['sessions']} sessions, {kept['fused'] + kept['estimates']} readings, {kept['messages']} messages"
    if not arguments.yes and _ask(f"Delete {arguments.username} with {told}? Type the name: ") != arguments.username:
        return "nothing was deleted"
    await acts.delete_person(shell, user_id)
    return f"{arguments.username} deleted: {told}"


async def _confirm_clock(shell: Shell, _arguments: argparse.Namespace) -> str:
    await Retention(shell.store, shell.settings.retention_days).confirm()
    return "the clock is confirmed; what is past its time is deleted when the app runs"


async def _users(shell: Shell, _arguments: argparse.Namespace) -> str:
    rows = await queries.list_users(shell.store)
    lines = [
        f"{r['username'] or r['user_id']}\t{r['role']}\t{r['sessions']} sessions\t{r['devices']} devices" for r in rows
    ]
    return "\n".join(lines) or "no users yet"


CHORES: dict[str, Chore] = {
    "create-admin": _create_admin,
    "set-role": _promote,
    "reset-password": _reset_password,
    "revoke": _revoke,
    "purge": _purge,
    "users": _users,
    "confirm-clock": _confirm_clock,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core.commands.admin", description=__doc__)
    parser.add_argument("--data-dir", type=Path)
    chores = parser.add_subparsers(dest="chore", required=True)
    for name in CHORES:
        chore = chores.add_parser(name)
        if name not in ("users", "confirm-clock"):
            chore.add_argument("username", help="user name, or user id")
    chores.choices["set-role"].add_argument("role", choices=ROLES)
    chores.choices["purge"].add_argument("--yes", action="store_true", help="do not ask")
    chores.add_parser("backup").add_argument("folder", type=Path, help="a new folder for the copy")
    chores.add_parser("restore").add_argument("folder", type=Path, help="the folder of a copy")
    return parser


def _file_key(settings: Settings) -> str:
    """Of the whole file, where it is encrypted."""
    if not settings.encrypt_database:
        return ""
    return file_key(find_key(settings.words_key.get_secret_value(), settings.data_dir / FILE_NAME, is_encrypted=True))


async def _do(chore: Chore, settings: Settings, arguments: argparse.Namespace) -> str:
    store = Store(
        settings.data_dir / FILE_NAME,
        words_key=settings.words_key.get_secret_value(),
        is_encrypted=settings.encrypt_database,
    )
    accounts = Accounts(store, settings)
    try:
        return await chore(Shell(settings, store, accounts), arguments)
    finally:
        accounts.passwords.close()
        store.close()


def main(given: list[str] | None = None) -> int:
    """Exit status 1 with one line when it cannot be done."""
    arguments = _parser().parse_args(given)
    settings = read_settings()
    if arguments.data_dir is not None:
        settings = settings.model_copy(update={"data_dir": arguments.data_dir})
    try:
        if arguments.chore == "backup":
            copied = back_up(settings.data_dir, arguments.folder, _file_key(settings))
            told = f"copied to {copied}; the words in it stay sealed"
        elif arguments.chore == "restore":
            told = f"restored to {restore(arguments.folder, settings.data_dir, _file_key(settings))}"
        else:
            told = asyncio.run(_do(CHORES[arguments.chore], settings, arguments))
    except AppError as error:
        print(f"attune: {error.message}", file=sys.stderr)
        return 1
    print(told)
    return 0


if __name__ == "__main__":
    sys.exit(main())

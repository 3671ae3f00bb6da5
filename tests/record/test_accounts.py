from __future__ import annotations

import asyncio
import hashlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from core.errors import Refused, SessionError
from core.record.accounts import Accounts
from core.record.store import Store
from core.settings import Settings
from core.typed import as_password
from tests.record.events import ROOT, count, estimate, fused, opened, written

NOW_S = 1_800_000_000.0
ALL_TABLES = ("users", "tokens", "consents", "sessions", "estimates", "fused", "markers", "self_reports", "faults")
KEEPING = ["camera", "history"]


class Clock:
    """UTC that stands still until it is moved."""

    def __init__(self) -> None:
        self.now_s = NOW_S

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def path(data_dir: Path) -> Path:
    return data_dir / "attune.duckdb"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = Store(path)
    yield store
    store.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(store: Store, clock: Clock) -> Accounts:
    return Accounts(store, Settings(token_hours=1), clock)


async def refusal(accounts: Accounts, token: object) -> tuple[str, int]:
    with pytest.raises(Refused) as raised:
        await accounts.person(token)  # type: ignore[arg-type]
    return raised.value.code, raised.value.status


async def rows(store: Store) -> dict[str, int]:
    counts = {table: await count(store, table) for table in ALL_TABLES}
    return {table: n for table, n in counts.items() if n}


# -- guests ---------------------------------------------------------------------------------------


async def test_a_guest_is_known_by_the_token(accounts: Accounts) -> None:
    token, person = await accounts.guest(["camera", "microphone"], "art")
    assert await accounts.person(token) == person
    assert (person.role, person.purpose, person.username) == ("visitor", "art", None)
    assert person.scopes == {"camera", "microphone"}
    assert person.expires_at == NOW_S + 3600


async def test_guests_differ(accounts: Accounts) -> None:
    guests = [await accounts.guest(["camera"], "self") for _ in range(3)]
    assert len({token for token, _ in guests}) == len({person.user_id for _, person in guests}) == 3
    for token, person in guests:
        assert (await accounts.person(token)).user_id == person.user_id


async def test_without_history_nothing_but_the_consent_row_is_written(accounts: Accounts, store: Store) -> None:
    token, person = await accounts.guest(["camera"], "self")
    await accounts.person(token)
    store.append("session of a guest", estimate(1.0))
    store.append("session of a guest", fused(1.0))
    await written(store)
    assert await rows(store) == {"consents": 1}
    (row,) = await store.read("SELECT consent_id, user_id, scopes FROM consents")
    assert row == {"consent_id": person.consent_id, "user_id": person.user_id, "scopes": ["camera"]}


async def test_the_consent_is_on_disk_before_the_token_is_handed_out(store: Store, accounts: Accounts) -> None:
    asked = asyncio.create_task(accounts.guest(["camera"], "self"))
    while not asked.done():
        await asyncio.sleep(0)
    assert await count(store, "consents") == 1


async def test_with_history_a_guest_is_known_after_a_restart(path: Path, clock: Clock) -> None:
    store = Store(path)
    token, person = await Accounts(store, Settings(token_hours=1), clock).guest(KEEPING, "research")
    assert await rows(store) == {"consents": 1, "users": 1, "tokens": 1}
    store.close()
    store = Store(path)
    assert await Accounts(store, Settings(), clock).person(token) == person
    store.close()


async def test_without_history_a_guest_is_not_known_after_a_restart(store: Store, clock: Clock) -> None:
    token, _ = await Accounts(store, Settings(), clock).guest(["camera"], "self")
    assert await refusal(Accounts(store, Settings(), clock), token) == ("bad_token", 401)


async def test_a_token_never_reaches_the_disk(path: Path, clock: Clock) -> None:
    store = Store(path)
    token, _ = await Accounts(store, Settings(), clock).guest(KEEPING, "self")
    log = path.with_name(path.name + ".wal").read_bytes()
    store.close()
    held = log + path.read_bytes()
    assert token.encode() not in held
    assert hashlib.sha256(token.encode()).hexdigest().encode() in held


@pytest.mark.parametrize(("scopes", "purpose"), [(["camera"], "workplace"), (["smell"], "self"), (["text"], "self")])
async def test_a_guest_who_is_refused_leaves_nothing(
    accounts: Accounts, store: Store, scopes: list[str], purpose: str
) -> None:
    with pytest.raises(SessionError):
        await accounts.guest(scopes, purpose)
    assert await rows(store) == {}


# -- tokens that do not count ---------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "a" * 5000, "\ud800" * 43, None, 7])
async def test_an_unknown_token_is_refused(accounts: Accounts, token: object) -> None:
    await accounts.guest(["camera"], "self")
    assert await refusal(accounts, token) == ("bad_token", 401)


@pytest.mark.parametrize("scopes", [["camera"], KEEPING])
async def test_an_expired_token_is_refused(accounts: Accounts, clock: Clock, scopes: list[str]) -> None:
    token, _ = await accounts.guest(scopes, "self")
    clock.now_s += 3599
    await accounts.person(token)
    clock.now_s += 1
    assert await refusal(accounts, token) == ("token_expired", 401)
    assert await refusal(accounts, token) == ("token_expired", 401)


async def test_an_expired_token_is_refused_after_a_restart(accounts: Accounts, store: Store, clock: Clock) -> None:
    token, _ = await accounts.guest(KEEPING, "self")
    clock.now_s += 3600
    assert await refusal(Accounts(store, Settings(), clock), token) == ("token_expired", 401)


async def test_a_token_that_was_switched_off_is_refused(accounts: Accounts, store: Store, clock: Clock) -> None:
    token, _ = await accounts.guest(KEEPING, "self")
    await store.execute(lambda connection: connection.execute("UPDATE tokens SET is_active = false"))
    assert await refusal(Accounts(store, Settings(), clock), token) == ("bad_token", 401)


async def test_memory_is_bounded_and_the_least_used_guest_goes(store: Store, clock: Clock) -> None:
    accounts = Accounts(store, Settings(), clock, max_tokens=3)
    tokens = [(await accounts.guest(["camera"], "self"))[0] for _ in range(3)]
    await accounts.person(tokens[0])
    await accounts.guest(["camera"], "self")
    assert await refusal(accounts, tokens[1]) == ("bad_token", 401)
    for token in (tokens[0], tokens[2]):
        await accounts.person(token)


async def test_a_guest_with_history_who_left_memory_is_found_on_disk(store: Store, clock: Clock) -> None:
    accounts = Accounts(store, Settings(), clock, max_tokens=1)
    token, person = await accounts.guest(KEEPING, "self")
    await accounts.guest(["camera"], "self")
    assert await accounts.person(token) == person


# -- changing one's mind --------------------------------------------------------------------------


async def test_changed_scopes_are_in_force_at_once_under_a_new_consent(accounts: Accounts, store: Store) -> None:
    token, person = await accounts.guest(["camera"], "self")
    changed = await accounts.change_scopes(person, ["microphone"])
    assert changed.scopes == {"microphone"}
    assert changed.user_id == person.user_id
    assert await accounts.person(token) == changed
    ledger = await store.read("SELECT consent_id, scopes, withdrawn_at IS NULL AS holds FROM consents ORDER BY holds")
    assert ledger == [
        {"consent_id": person.consent_id, "scopes": ["camera"], "holds": False},
        {"consent_id": changed.consent_id, "scopes": ["microphone"], "holds": True},
    ]
    assert await rows(store) == {"consents": 2}


async def test_history_gained_makes_the_guest_known_after_a_restart(
    accounts: Accounts, store: Store, clock: Clock
) -> None:
    token, person = await accounts.guest(["camera"], "self")
    changed = await accounts.change_scopes(person, KEEPING)
    assert await rows(store) == {"consents": 2, "users": 1, "tokens": 1}
    assert await Accounts(store, Settings(), clock).person(token) == changed


async def test_history_given_back_and_gained_again(accounts: Accounts, store: Store, clock: Clock) -> None:
    token, person = await accounts.guest(KEEPING, "self")
    without = await accounts.change_scopes(person, ["camera"])
    assert (await Accounts(store, Settings(), clock).person(token)).scopes == {"camera"}, "kept readings stay theirs"
    again = await accounts.change_scopes(without, KEEPING)
    assert (await Accounts(store, Settings(), clock).person(token)) == again
    assert await rows(store) == {"consents": 3, "users": 1, "tokens": 1}


async def test_scopes_that_are_refused_change_nothing(accounts: Accounts, store: Store) -> None:
    token, person = await accounts.guest(["camera"], "self")
    with pytest.raises(Refused, match="training"):
        await accounts.change_scopes(person, ["camera", "history", "train"])
    assert await accounts.person(token) == person
    assert await rows(store) == {"consents": 1}


async def test_two_changes_from_one_old_person_leave_one_consent_in_force(accounts: Accounts, store: Store) -> None:
    """Two live sessions under one token each hold the Person they began with."""
    token, person = await accounts.guest(["camera", "microphone"], "self")
    await accounts.change_scopes(person, ["camera"])
    last = await accounts.change_scopes(person, ["microphone"])
    assert (await accounts.person(token)).scopes == {"microphone"}
    in_force = await store.read("SELECT consent_id FROM consents WHERE withdrawn_at IS NULL")
    assert in_force == [{"consent_id": last.consent_id}]


async def test_taking_back_overtakes_giving_more_that_still_waits(accounts: Accounts, store: Store) -> None:
    token, person = await accounts.guest(["camera"], "self")
    giving = asyncio.create_task(accounts.change_scopes(person, KEEPING))
    await asyncio.sleep(0)
    held = threading.Event()
    store.submit(lambda connection: held.wait(30))
    taking = asyncio.create_task(accounts.change_scopes(person, []))
    await asyncio.sleep(0)
    assert (await accounts.person(token)).scopes == set()
    await giving
    assert (await accounts.person(token)).scopes == set(), "what was given late does not undo what was taken back"
    held.set()
    await taking
    assert (await accounts.person(token)).scopes == set()


FULL_DISK = """
import asyncio, resource, sys
from pathlib import Path
from core.errors import StoreError
from core.record.accounts import Accounts
from core.record.store import Store
from core.settings import Settings
path = Path(sys.argv[1])
store = Store(path)
accounts = Accounts(store, Settings())
def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
async def main():
    token, person = await accounts.guest(["camera", "history"], "self")
    limit(path.with_name(path.name + ".wal").stat().st_size)
    try:
        await accounts.guest(["camera"], "self")
    except StoreError:
        print("no consent, no token")
    person = await accounts.change_scopes(person, ["camera"])
    print(*(await accounts.person(token)).scopes)
    try:
        await accounts.change_scopes(person, ["camera", "history"])
    except StoreError:
        print(*(await accounts.person(token)).scopes)
    limit(resource.RLIM_INFINITY)
    while store.is_failing:
        await asyncio.sleep(0.01)
    print(await store.read("SELECT scopes FROM consents WHERE withdrawn_at IS NULL"))
asyncio.run(main())
store.close()
"""


@pytest.mark.slow
def test_on_a_full_disk_consent_can_be_taken_back_but_not_given(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["no consent, no token", "camera", "camera", "[{'scopes': ['camera']}]"]


async def test_a_session_with_history_is_written_whole(accounts: Accounts, store: Store) -> None:
    """The counterpart of the privacy test above: it would pass on a store that writes nothing at all."""
    _, person = await accounts.guest(KEEPING, "self")
    await opened(store, "s1", person.user_id)
    store.append("s1", estimate(1.0))
    store.append("s1", fused(1.0))
    await written(store)
    assert await rows(store) == {"consents": 1, "users": 1, "tokens": 1, "sessions": 1, "estimates": 1, "fused": 1}


GOOD = "seven green lanterns"


async def test_a_person_signs_up_once_and_in_on_many_devices(accounts: Accounts) -> None:
    first, person = await accounts.sign_up("Ada", GOOD, KEEPING, "self")
    with pytest.raises(SessionError) as taken:
        await accounts.sign_up("ada", GOOD, KEEPING, "self")
    assert (taken.value.code, taken.value.status) == ("username_taken", 409)
    second, again = await accounts.log_in("ADA", GOOD, ["camera"], "art")
    assert (again.user_id, again.username) == (person.user_id, "ada")
    assert first != second
    assert person.device_id != again.device_id
    # the newest consent holds on every device
    assert (await accounts.person(first)).scopes == {"camera"}


@pytest.mark.parametrize(
    ("name", "password"), [("ada", "another password"), ("nobody", GOOD), ("ada' --", GOOD), ("x" * 9999, "")]
)
async def test_a_wrong_name_and_a_wrong_password_get_one_answer(accounts: Accounts, name: str, password: str) -> None:
    await accounts.sign_up("ada", GOOD, [], "self")
    with pytest.raises(Refused) as refused:
        await accounts.log_in(name, password, [], "self")
    assert (refused.value.code, refused.value.status) == ("bad_login", 401)
    assert refused.value.message == "this name and password do not go together; try again"


async def test_a_revoked_token_is_refused_at_once_and_after_a_restart(
    accounts: Accounts, store: Store, clock: Clock
) -> None:
    first, person = await accounts.sign_up("ada", GOOD, KEEPING, "self")
    second, _ = await accounts.log_in("ada", GOOD, KEEPING, "self")
    assert await accounts.revoke(person.user_id, person.device_id) == 1
    assert await refusal(accounts, first) == ("bad_token", 401)
    assert (await accounts.person(second)).username == "ada"
    fresh = Accounts(store, Settings(), clock)
    assert await refusal(fresh, first) == ("bad_token", 401)
    assert (await fresh.person(second)).role == "visitor"


async def test_a_new_password_signs_every_other_device_out(accounts: Accounts) -> None:
    first, person = await accounts.sign_up("ada", GOOD, [], "self")
    second, _ = await accounts.log_in("ada", GOOD, [], "self")
    with pytest.raises(Refused, match="present password"):
        await accounts.change_password(person, "wrong", "eleven red umbrellas")
    await accounts.change_password(person, GOOD, "eleven red umbrellas")
    assert (await accounts.person(first)).username == "ada"
    assert await refusal(accounts, second) == ("bad_token", 401)
    with pytest.raises(Refused):
        await accounts.log_in("ada", GOOD, [], "self")
    await accounts.log_in("ada", "eleven red umbrellas", [], "self")


async def test_neither_password_nor_token_reaches_the_disk(accounts: Accounts, store: Store, path: Path) -> None:
    token, _ = await accounts.sign_up("ada", GOOD, KEEPING, "self")
    await accounts.log_in("ada", GOOD, KEEPING, "self")
    store.close()
    written_bytes = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"ada" in written_bytes
    assert GOOD.encode() not in written_bytes
    assert token.encode() not in written_bytes


@pytest.mark.parametrize("given", ["", "0", "%", "prefix", "longer"])
async def test_a_device_is_named_by_its_whole_id(accounts: Accounts, given: str) -> None:
    token, person = await accounts.sign_up("ada", GOOD, [], "self")
    named = {"prefix": person.device_id[:8], "longer": person.device_id + "0"}.get(given, given)
    with pytest.raises(SessionError, match="no such device"):
        await accounts.revoke(person.user_id, named)
    assert (await accounts.person(token)).user_id == person.user_id


# -- what people type -----------------------------------------------------------------------------

ONE, TWO = "sieben gr\u00fcne Lampen", "sieben gru\u0308ne Lampen"
"""the same words as two systems send them"""


@pytest.mark.parametrize(("first", "then"), [(ONE, TWO), (TWO, ONE)])
async def test_a_password_fits_however_another_system_spells_it(accounts: Accounts, first: str, then: str) -> None:
    _, person = await accounts.sign_up("ada", first, [], "self")
    _, again = await accounts.log_in("ada", then, None, "self")
    await accounts.change_password(again, then, GOOD)
    assert again.user_id == person.user_id


@pytest.mark.parametrize(("hashed", "typed"), [(TWO, TWO), (TWO, ONE), (ONE, TWO), ("x\u00a0" + ONE, "x\u00a0" + ONE)])
async def test_a_hash_of_before_there_was_one_form_fits_and_is_renewed(
    accounts: Accounts, store: Store, hashed: str, typed: str
) -> None:
    _, person = await accounts.sign_up("ada", GOOD, [], "self")
    set_hash = "UPDATE users SET password_hash = ?"
    await store.execute(lambda connection: connection.execute(set_hash, [PasswordHasher(1, 8, 1).hash(hashed)]))
    for _ in range(2):
        assert (await accounts.log_in("ada", typed, None, "self"))[1].user_id == person.user_id
    (row,) = await store.read("SELECT password_hash FROM users")
    assert PasswordHasher().verify(row["password_hash"], as_password(typed))


@pytest.mark.parametrize("typed", ["sieben grune Lampen", "sieben grüne  Lampen", ONE.upper(), f" {ONE}"])
async def test_another_password_stays_another(accounts: Accounts, typed: str) -> None:
    await accounts.sign_up("ada", ONE, [], "self")
    with pytest.raises(Refused):
        await accounts.log_in("ada", typed, None, "self")


async def test_a_name_is_trimmed_and_found_with_spaces_around_it(accounts: Accounts) -> None:
    _, person = await accounts.sign_up(" Ada\t", GOOD, [], "self")
    assert person.username == "ada"
    assert (await accounts.log_in("ADA ", GOOD, None, "self"))[1].user_id == person.user_id
    with pytest.raises(SessionError, match="taken"):
        await accounts.sign_up("ada ", GOOD, [], "self")

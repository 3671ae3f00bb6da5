from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from core.errors import Limit, NotFound, Refused, Unauthorised
from core.estimation.fusion import FusionSettings
from core.live.admission import Admission, Kind, Places
from core.live.parts import SessionParts
from core.live.session import Session
from core.live.sessions import Sessions
from core.metrics import Metrics
from core.people import Person
from core.types import Event, Fault
from tests.fakes import ListRecorder, ScriptedEngines, ScriptedLane, person, picture


@pytest.fixture
async def sessions():
    parts = SessionParts(ScriptedEngines(), {"face": ScriptedLane}, FusionSettings(), Metrics())
    made = Sessions(parts, Admission({"live": Places(2), "clip": Places(1), "predict": Places(1)}), resume_s=30)
    yield made
    await made.close_all()


async def test_each_open_is_a_session_of_its_own_under_one_token(sessions) -> None:
    one, _ = await sessions.open(person())
    other, _ = await sessions.open(person())
    assert one.session_id != other.session_id


async def test_full_house_says_so_and_a_closed_session_makes_room(sessions) -> None:
    one = await attended(sessions)
    await attended(sessions)
    with pytest.raises(Limit, match="2 places"):
        await sessions.open(person())
    await sessions.close(one)
    await sessions.open(person())


async def attended(sessions: Sessions, user_id: str = "one", address: str = "", kind: Kind = "live") -> Session:
    """A session whose client is there."""
    session, _ = await sessions.open(person(user_id=user_id), kind, address=address)
    sessions.attach(session, object().__repr__)
    return session


async def left(sessions: Sessions, user_id: str = "one", address: str = "", kind: Kind = "live") -> Session:
    """One whose client has just gone."""
    session, _ = await sessions.open(person(user_id=user_id), kind, address=address)
    going = object().__repr__
    sessions.attach(session, going)
    sessions.detach(session, going)
    return session


async def drained(session: Session) -> list[Event]:
    """All that a session which has ended has told, and nobody has taken."""
    told = []
    while (event := await session.outbox.get()) is not None:
        told.append(event)
    return told


@pytest.fixture
async def owned(sessions):
    """A house of six places: two for a person, three from an address."""
    made = Sessions(sessions.parts, Admission({"live": Places(6, 2, 3), "clip": Places(2, 1, 1)}), resume_s=30)
    yield made
    await made.close_all()


async def test_session_that_only_waits_gives_its_place_to_a_newcomer_the_longest_away_first(sessions) -> None:
    first, second = await left(sessions, "one"), await left(sessions, "other")
    newcomer = await attended(sessions, "third")
    assert (first.is_ended, second.is_ended, newcomer.is_ended) == (True, False, False)


async def test_session_whose_client_is_there_keeps_its_place(sessions) -> None:
    there, away = await attended(sessions, "one"), await left(sessions, "other")
    await attended(sessions, "third")
    assert (there.is_ended, away.is_ended) == (False, True)
    with pytest.raises(Limit):
        await sessions.open(person(user_id="fourth"))


async def silent(
    sessions: Sessions, user_id: str, address: str = "", kind: Kind = "live", for_s: float = 61
) -> Session:
    """One whose client is there and has sent nothing for so long."""
    session = await attended(sessions, user_id, address, kind)
    place = sessions._places[session.session_id]
    place.heard_at_s -= for_s
    return session


async def test_client_that_sends_nothing_gives_its_place_to_a_newcomer_and_is_told(sessions) -> None:
    quiet, fresh = await silent(sessions, "one"), await attended(sessions, "other")
    await attended(sessions, "third")
    assert (quiet.is_ended, fresh.is_ended) == (True, False)
    told = [event for event in await drained(quiet) if isinstance(event, Fault)]
    assert [(fault.code, "nothing came from you" in fault.message) for fault in told] == [("gave_way", True)]


async def test_who_is_away_gives_way_before_who_is_silent_and_the_longest_silent_first(sessions) -> None:
    quiet, away = await silent(sessions, "one", for_s=1000), await left(sessions, "other")
    quieter = await silent(sessions, "third", for_s=2000)
    assert (away.is_ended, quiet.is_ended, quieter.is_ended) == (True, False, False)
    await attended(sessions, "fourth")
    assert (quiet.is_ended, quieter.is_ended) == (False, True)


async def test_who_says_something_keeps_the_place(sessions) -> None:
    quiet, heard = await silent(sessions, "one", for_s=70), await silent(sessions, "other", for_s=2000)
    sessions.heard(heard)
    await attended(sessions, "third")
    assert (quiet.is_ended, heard.is_ended) == (True, False)
    with pytest.raises(Limit):
        await sessions.open(person(user_id="fourth"))


async def test_silent_clients_of_two_addresses_shut_nobody_out_not_even_behind_their_own(owned) -> None:
    for number in range(6):
        await silent(owned, f"guest{number}", f"203.0.113.{number % 2}")
    await attended(owned, "somebody", "198.51.100.1")
    await attended(owned, "neighbour", "203.0.113.0")
    assert len(owned) == 6


async def test_who_looks_at_a_clip_has_nothing_to_say_and_keeps_the_place(owned) -> None:
    await silent(owned, "one", "203.0.113.1", "clip")
    with pytest.raises(Limit):
        await owned.open(person(user_id="one"), "clip", address="203.0.113.1")


async def test_one_person_gives_up_places_of_their_own_alone(owned) -> None:
    others = await left(owned, "other")
    mine = [await left(owned, "one"), await attended(owned, "one")]
    await attended(owned, "one")
    assert [session.is_ended for session in (others, *mine)] == [False, True, False]
    with pytest.raises(Limit, match="you hold 2 places"):
        await owned.open(person(user_id="one"))
    assert not others.is_ended


async def test_guests_of_one_address_hold_a_part_of_the_house_alone(owned) -> None:
    for number in range(3):
        await attended(owned, f"guest{number}", "203.0.113.7")
    with pytest.raises(Limit, match="from your network"):
        await owned.open(person(user_id="guest3"), address="203.0.113.7")
    await attended(owned, "somebody", "198.51.100.1")


async def test_hundreds_of_short_sessions_are_refused_to_nobody(owned) -> None:
    for number in range(500):
        await left(owned, f"guest{number}", f"203.0.113.{number % 100}")
    assert len(owned) == 6
    assert owned.admission.inside["live"] == 6


async def test_clip_that_was_just_sent_keeps_its_place_until_its_client_can_have_come(owned, monkeypatch) -> None:
    await owned.open(person(user_id="one"), "clip", address="203.0.113.1")
    await owned.open(person(user_id="other"), "clip", address="203.0.113.2")
    with pytest.raises(Limit):
        await owned.open(person(user_id="third"), "clip", address="203.0.113.3")
    monkeypatch.setattr("core.live.sessions.COMING_S", 0.0)
    await owned.open(person(user_id="third"), "clip", address="203.0.113.3")


async def test_newcomer_waits_a_moment_for_a_session_that_is_ending(owned) -> None:
    going = [await attended(owned, "one"), await attended(owned, "one")]
    closing = asyncio.create_task(owned.close(going[0]))
    await asyncio.sleep(0)
    await attended(owned, "one")
    await closing


async def test_resume_gives_the_same_session_and_a_fresh_token(sessions) -> None:
    session, token = await sessions.open(person())
    again, fresh = sessions.resume(token, person())
    assert again is session
    assert fresh != token
    with pytest.raises(NotFound):
        sessions.resume(token, person())


async def test_resume_by_someone_else_is_not_found(sessions) -> None:
    _, token = await sessions.open(person(user_id="one"))
    with pytest.raises(NotFound):
        sessions.resume(token, person(user_id="other"))


async def test_resume_takes_over_from_a_connection_that_hangs(sessions) -> None:
    session, token = await sessions.open(person())
    told = []
    sessions.attach(session, lambda: told.append("first"))
    sessions.resume(token, person())
    assert told == ["first"]


async def test_left_session_expires_after_its_time_and_not_before(sessions) -> None:
    session, _ = await sessions.open(person())
    left = object().__repr__
    sessions.attach(session, left)
    await sessions.expire(time.monotonic() + 100)
    assert len(sessions) == 1
    sessions.detach(session, left)
    await sessions.expire(time.monotonic() + 29)
    assert len(sessions) == 1
    await sessions.expire(time.monotonic() + 31)
    assert len(sessions) == 0
    assert session.is_ended


async def test_close_runs_to_its_end_although_its_caller_is_cancelled(sessions) -> None:
    sessions.parts.engines.gate = asyncio.Event()
    session, _ = await sessions.open(person())
    await session.offer_picture(picture(0.0))
    closing = asyncio.create_task(sessions.close(session))
    await asyncio.sleep(0.02)
    closing.cancel()
    await asyncio.wait([closing])
    sessions.parts.engines.gate.set()
    await asyncio.sleep(0.05)
    assert session._task.done()
    assert await _ended(session)
    assert sessions.admission.inside["live"] == 0


async def _ended(session) -> bool:
    while (event := await session.outbox.get()) is not None:
        if getattr(event, "ended", False):
            return True
    return False


async def test_new_scopes_reach_every_session_of_the_person_and_no_other(sessions) -> None:
    one, _ = await sessions.open(person(user_id="one"))
    other, _ = await sessions.open(person(user_id="other"))
    await sessions.change_person(person("microphone", user_id="one"))
    assert one.person.scopes == {"microphone"}
    assert other.person.scopes == {"camera"}


async def test_a_running_session_is_found_by_its_owner_alone_and_until_it_ends(sessions) -> None:
    session, _ = await sessions.open(person(user_id="one"))
    assert sessions.find(session.session_id, "one") is session
    for session_id, user_id in ((session.session_id, "other"), ("unknown", "one")):
        with pytest.raises(NotFound):
            sessions.find(session_id, user_id)
    await sessions.close(session)
    with pytest.raises(NotFound):
        sessions.find(session.session_id, "one")


async def test_a_session_that_cannot_start_gives_its_place_back(sessions, monkeypatch) -> None:
    async def broken(_session) -> None:
        raise RuntimeError("no loop")

    monkeypatch.setattr("core.live.session.Session.start", broken)
    with pytest.raises(RuntimeError):
        await sessions.open(person())
    assert sessions.admission.inside["live"] == 0


# -- taken back while it opens ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["live", "clip"])
async def test_scopes_taken_back_while_a_session_opens_are_not_in_it(sessions, monkeypatch, kind: Kind) -> None:
    now = {"person": person("camera", "history")}
    start = Session.start

    async def slow(session: Session) -> None:
        now["person"] = person("history")  # no session is found yet that could be told
        await start(session)

    async def again(_known: Person) -> Person:
        return now["person"]

    monkeypatch.setattr(Session, "start", slow)
    made = Sessions(sessions.parts, sessions.admission, resume_s=30, again=again)
    session, _ = await made.open(person("camera", "history"), kind)
    assert session.person.scopes == {"history"}
    with pytest.raises(Refused):
        await session.offer_picture(picture(0.0))
    await made.close_all()


@pytest.mark.parametrize("kind", ["live", "clip"])
async def test_whoever_is_gone_by_the_time_a_session_is_open_has_none(sessions, kind: Kind) -> None:
    async def again(_known: Person) -> Person:
        raise Unauthorised("signed out meanwhile", "bad_token")

    made = Sessions(sessions.parts, sessions.admission, resume_s=30, again=again)
    with pytest.raises(Unauthorised):
        await made.open(person("camera"), kind)
    assert (len(made), sessions.admission.inside[kind]) == (0, 0)


# -- nothing of it is kept any more ---------------------------------------------------------------


@pytest.fixture
async def kept(sessions):
    """The same house, with a recorder."""
    parts = replace(sessions.parts, recorder=ListRecorder())
    made = Sessions(parts, Admission({"live": Places(2), "clip": Places(1), "predict": Places(1)}), resume_s=30)
    yield made
    await made.close_all()


async def begun(sessions: Sessions) -> Session:
    session, _ = await sessions.open(person("camera", "history"))
    await session.offer_picture(picture(0.0))
    assert session.state().recording
    return session


async def test_deleted_running_session_stays_unkept_after_a_login_elsewhere(kept) -> None:
    session, other = await begun(kept), await begun(kept)
    kept.stop_keeping(session.session_id)
    await kept.change_person(person("camera", "history"))
    await session.offer_picture(picture(1.0))
    assert (session.state().recording, other.state().recording) == (False, True)
    assert kept.parts.recorder.opened == [session.session_id, other.session_id]


async def test_deleted_running_session_stays_unkept_after_its_client_comes_back(kept) -> None:
    session, token = await kept.open(person("camera", "history"))
    kept.stop_keeping(session.session_id)
    again, _ = kept.resume(token, person("camera", "history"))
    await again.change_person(person("camera", "history"))
    await again.offer_picture(picture(1.0))
    assert kept.parts.recorder.opened == []


async def test_person_who_is_let_go_is_not_kept_by_a_login_that_comes_between(kept) -> None:
    session = await begun(kept)
    kept.parts.engines.gate = asyncio.Event()  # its work takes a while
    await session.offer_picture(picture(1.0))
    leaving = asyncio.create_task(kept.let_go("someone"))
    await asyncio.sleep(0.01)
    await kept.change_person(person("camera", "history"))
    kept.parts.engines.gate.set()
    await leaving
    assert session.is_ended
    assert kept.parts.recorder.opened == [session.session_id]
    assert kept.parts.recorder.forgotten == [session.session_id]


async def test_session_that_is_ending_hears_of_a_deletion_too(kept) -> None:
    session = await begun(kept)
    kept.parts.engines.gate = asyncio.Event()
    await session.offer_picture(picture(1.0))
    ending = asyncio.create_task(kept.close(session))
    await asyncio.sleep(0.01)
    letting_go = asyncio.create_task(kept.let_go("someone"))
    await asyncio.sleep(0.01)
    assert kept.parts.recorder.forgotten == [session.session_id]
    kept.parts.engines.gate.set()
    await asyncio.gather(ending, letting_go)

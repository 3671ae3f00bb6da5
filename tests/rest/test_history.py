"""Own sessions over REST: what is listed, shown, noted and deleted, and nothing of anybody else's."""

from __future__ import annotations

import asyncio
import json
import urllib.request
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.record.batches import StoredTables
from core.record.store import Store
from core.rest.history import MAX_NOTE, _conversation
from core.types import Marker, Message
from tests.record.events import fused, opened, written
from tests.server import Server

WORDS = "the heron stood on one leg"


@dataclass(frozen=True)
class Kept:
    """A guest with one kept session."""

    token: str
    session_id: str


async def fill(store: Store, session_id: str, user_id: str) -> None:
    await opened(store, session_id, user_id)
    for step in range(8):
        store.append(session_id, fused(step, "happy" if step < 6 else "sad"))
    store.append(session_id, Marker("a lighthouse", 1.0))
    store.append(session_id, Message("user", WORDS, "sad", 0.5, 1.0))
    await written(store)
    await store.close_session(session_id, 1_800_000_060.0)


def keep(server: Server) -> Kept:
    token, session_id = server.guest("camera", "history", "text"), uuid.uuid4().hex[:16]
    user_id = server.call("/api/me", token=token)[1]["user_id"]
    asyncio.run(fill(server.services.store, session_id, user_id))
    return Kept(token, session_id)


@pytest.fixture
def kept(server: Server) -> Kept:
    return keep(server)


# -- reading --------------------------------------------------------------------------------------


def test_summary_joins_shares_figures_and_note(server: Server, kept: Kept) -> None:
    status, one = server.call(f"/api/sessions/{kept.session_id}", token=kept.token)
    assert status == 200
    assert (one["shares"]["happy"], one["shares"]["sad"]) == (0.75, 0.25)
    assert one["longest"] == {"expression": "happy", "start_s": 0.0, "seconds": 6.0}
    assert one["note"] == ""


def test_timeline_and_words_are_those_of_the_session(server: Server, kept: Kept) -> None:
    _, line = server.call(f"/api/sessions/{kept.session_id}/timeline?bins=10", token=kept.token)
    assert [marker["label"] for marker in line["markers"]] == ["a lighthouse"]
    assert 0 < len(line["fused"]) <= 10
    _, told = server.call(f"/api/sessions/{kept.session_id}/messages", token=kept.token)
    line = {"role": "user", "content": WORDS, "emotion": "sad", "intensity": 0.5, "t": 1.0}
    assert told == {"messages": [line]}


def test_session_without_words_has_an_empty_conversation(server: Server) -> None:
    token, session_id = server.guest("camera", "history"), uuid.uuid4().hex[:16]
    user_id = server.call("/api/me", token=token)[1]["user_id"]
    asyncio.run(opened(server.services.store, session_id, user_id))
    assert server.call(f"/api/sessions/{session_id}/messages", token=token) == (200, {"messages": []})


async def test_long_conversation_is_told_piece_by_piece(tmp_path: Path) -> None:
    store = Store(tmp_path / "attune.duckdb")
    await opened(store)
    lines = [f'{number} "quoted" é\u2028 ' + "word " * 20_000 for number in range(30)]
    for number, line in enumerate(lines):
        store.append("s1", Message("user", line, "sad", 0.5, float(number)))
    await written(store)
    parts = list(_conversation(StoredTables(store, ["s1"]), "s1"))
    store.close()
    assert max(map(len, parts)) < 2 * len(lines[0])
    told = json.loads(b"".join(parts))["messages"]
    assert [line["content"] for line in told] == lines
    assert {(line["emotion"], line["intensity"]) for line in told} == {("sad", 0.5)}


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=many", "offset=-1"], ids=lambda query: query[:12])
def test_list_out_of_range_is_refused(server: Server, kept: Kept, query: str) -> None:
    status, answer = server.call(f"/api/sessions?{query}", token=kept.token)
    assert (status, answer["error"]["code"]) == (422, "bad_request")


@pytest.mark.parametrize("bins", [9, 601])
def test_timeline_never_has_more_points_than_a_screen(server: Server, kept: Kept, bins: int) -> None:
    assert server.call(f"/api/sessions/{kept.session_id}/timeline?bins={bins}", token=kept.token)[0] == 422


def test_blank_search_is_no_search(server: Server, kept: Kept) -> None:
    assert server.call("/api/sessions/search", {"words": " "}, kept.token)[1]["total"] == 1


@pytest.mark.parametrize("wrong", [{"limit": 201}, {"offset": -1}, {"words": "x" * 201}, {"words": None}])
def test_search_out_of_range_is_refused(server: Server, kept: Kept, wrong: dict[str, object]) -> None:
    status, answer = server.call("/api/sessions/search", {"words": "x"} | wrong, kept.token)
    assert (status, answer["error"]["code"]) == (422, "bad_request")


def test_words_that_are_looked_for_stand_in_no_address(server: Server, kept: Kept) -> None:
    described = server.call("/openapi.json")[1]["paths"]["/api/sessions"]["get"]["parameters"]
    assert {parameter["name"] for parameter in described if parameter["in"] == "query"} == {"limit", "offset"}


# -- somebody else's ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "below", "body"),
    [
        ("GET", "", None),
        ("GET", "/timeline", None),
        ("GET", "/messages", None),
        ("PUT", "/note", {"text": "mine now"}),
        ("DELETE", "", None),
    ],
)
def test_somebody_elses_session_is_not_found_whatever_is_asked(
    server: Server, kept: Kept, method: str, below: str, body: object
) -> None:
    path = f"/api/sessions/{kept.session_id}{below}"
    status, answer = server.call(path, body, server.guest("camera", "history"), method)
    assert (status, answer["error"]["code"]) == (404, "not_found")
    assert server.call(path, body, None, method)[0] == 401
    assert server.call(f"/api/sessions/{kept.session_id}", token=kept.token)[1]["note"] == ""


# -- notes ----------------------------------------------------------------------------------------


def test_note_is_trimmed_kept_found_and_removed_by_an_empty_one(server: Server, kept: Kept) -> None:
    path = f"/api/sessions/{kept.session_id}"
    assert server.call(f"{path}/note", {"text": "  a quiet morning  "}, kept.token, "PUT")[1] == {
        "note": "a quiet morning"
    }
    assert server.call(path, token=kept.token)[1]["note"] == "a quiet morning"
    assert server.call("/api/sessions/search", {"words": "QUIET"}, kept.token)[1]["total"] == 1
    assert server.call(f"{path}/note", {"text": ""}, kept.token, "PUT")[0] == 200
    assert server.call(path, token=kept.token)[1]["note"] == ""


def test_note_has_one_form_however_it_was_spelled(server: Server, kept: Kept) -> None:
    path = f"/api/sessions/{kept.session_id}"
    assert server.call(f"{path}/note", {"text": "a cafe\u0301"}, kept.token, "PUT")[1] == {"note": "a caf\u00e9"}
    assert server.call(f"{path}/note", {"text": ""}, kept.token, "PUT")[0] == 200


def test_note_that_is_too_long_is_refused_and_the_former_one_stays(server: Server, kept: Kept) -> None:
    path = f"/api/sessions/{kept.session_id}"
    server.call(f"{path}/note", {"text": "short"}, kept.token, "PUT")
    assert server.call(f"{path}/note", {"text": "x" * (MAX_NOTE + 1)}, kept.token, "PUT")[0] == 422
    assert server.call(path, token=kept.token)[1]["note"] == "short"


# -- deletion -------------------------------------------------------------------------------------


def test_deleted_session_is_gone_and_the_others_stay(server: Server, kept: Kept) -> None:
    user_id = server.call("/api/me", token=kept.token)[1]["user_id"]
    other = uuid.uuid4().hex[:16]
    asyncio.run(fill(server.services.store, other, user_id))
    path = f"/api/sessions/{kept.session_id}"
    assert server.call(path, token=kept.token, method="DELETE") == (200, {"deleted": True})
    assert server.call(path, token=kept.token)[0] == 404
    assert server.call(path, token=kept.token, method="DELETE")[0] == 404
    _, listed = server.call("/api/sessions", token=kept.token)
    assert [one["session_id"] for one in listed["sessions"]] == [other]


@pytest.mark.parametrize(
    "said",
    [
        {"type": "marker", "label": "instructions read"},
        {"type": "self_report", "shown": "happy", "chosen": "sad"},
        {"type": "request_greeting"},
        {"type": "text", "text": "hello"},
    ],
)
def test_session_in_which_only_one_thing_was_said_is_kept_and_every_format_takes_it(server, said) -> None:
    token = server.guest("camera", "history", "text")
    with server.live(token=token) as client:
        client.send(said)
        client.until("state", recording=True)
        client.send({"type": "stop"})
        client.until("state", ended=True)
    session_id = client.ready["session_id"]
    assert [kept["session_id"] for kept in server.call("/api/sessions", token=token)[1]["sessions"]] == [session_id]
    for below in ("", "/timeline", "/messages"):
        assert server.call(f"/api/sessions/{session_id}{below}", token=token)[0] == 200
    for wanted in server.call("/api/exports", token=token)[1]["formats"]:
        path = f"/api/sessions/{session_id}/export?format={wanted['name']}"
        request = urllib.request.Request(f"http://{server.address}{path}", headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 200
            assert answer.read(), wanted

"""The soak tells what happened when, and the attackers tell of a 500."""

from __future__ import annotations

import random
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from tests.benchmarks.attack import Door, Tally, run
from tests.benchmarks.attackers import ATTACKERS
from tests.benchmarks.clients import Client, Notes, Utterance
from tests.benchmarks.soak import Person, troubles, window


def person_of(*visits: tuple[float, Notes]) -> Person:
    made = [(at_s, Client([b""], 25.0, b"", notes=notes)) for at_s, notes in visits]
    return Person(Client([b""], 25.0, b""), made)


def test_a_window_holds_what_was_due_in_it_on_the_clock_of_the_soak() -> None:
    first = Notes(answered=[(10.0, 0.05), (310.0, 0.5)], due={320_000: 320.0})
    second = Notes(answered=[(1.0, 0.2)], utterances=[Utterance(2.0, 3.0, text="words"), Utterance(4.0, 5.0)])
    told = window([person_of((0.0, first), (330.0, second))], 300.0, 600.0)
    assert (told["answered"], told["sent"], told["words"], told["ended"]) == (2, 3, 1, 2)
    assert told["latency_ms"]["max"] == 500.0


def test_a_traceback_and_an_error_in_the_log_are_trouble(tmp_path) -> None:
    log = tmp_path / "app.log"
    log.write_text("2026 INFO core.live here\n2026 ERROR core.live failed\nTraceback (most recent call last):\n")
    assert len(troubles(log)) == 2


def test_an_answer_of_500_is_told_with_its_request() -> None:
    class Broken(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(500)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    tally = Tally()
    with HTTPServer(("127.0.0.1", 0), Broken) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        door = Door("guess", ("127.0.0.1", server.server_address[1]), "127.0.1.1", tally, random.Random(1))
        run([(door, ATTACKERS["guess"][0], 0.2)], 0.1)
        server.shutdown()
    assert "POST /api/login" in tally.told()["failures"][0]
    assert tally.told()["answers"] == {"guess 500": 10}

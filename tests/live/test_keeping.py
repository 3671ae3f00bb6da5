"""When a session's record is opened, followed and closed."""

from __future__ import annotations

from core.errors import StoreError
from core.live.keeping import Keeping
from tests.fakes import ListRecorder, estimate, person


async def test_nothing_is_kept_before_the_record_is_open() -> None:
    recorder = ListRecorder()
    keeping = Keeping("s1", recorder)
    keeping.put(estimate())
    assert keeping.is_due(person("camera", "history"))
    assert await keeping.follow(person("camera", "history"), 0.0, 0.0, {}) is None
    keeping.put(estimate())
    assert (recorder.opened, len(recorder.events)) == (["s1"], 1)


async def test_without_the_scope_the_record_is_forgotten() -> None:
    recorder = ListRecorder()
    keeping = Keeping("s1", recorder)
    await keeping.follow(person("camera", "history"), 0.0, 0.0, {})
    await keeping.follow(person("camera"), 0.0, 0.0, {})
    assert recorder.forgotten == ["s1"]
    assert not keeping.is_open
    assert keeping.stored_to_s() is None


async def test_a_record_that_cannot_be_opened_is_told_once_until_consent_is_given_anew() -> None:
    class Full(ListRecorder):
        async def open_session(self, *_: object) -> None:
            raise StoreError("the disk is full")

    keeping = Keeping("s1", Full())
    fault = await keeping.follow(person("camera", "history"), 0.0, 1.0, {})
    assert fault is not None
    assert (fault.code, "disk is full" in fault.message) == ("not_kept", True)
    assert not keeping.is_due(person("camera", "history"))
    keeping.try_again()
    assert keeping.is_due(person("camera", "history"))


async def test_without_a_recorder_nothing_is_ever_due() -> None:
    keeping = Keeping("s1", None)
    assert not keeping.is_due(person("camera", "history"))
    assert await keeping.follow(person("camera", "history"), 0.0, 0.0, {}) is None
    await keeping.close()


async def test_a_disk_that_refuses_is_told_once_and_once_more_when_it_takes_again() -> None:
    recorder = ListRecorder()
    keeping = Keeping("s1", recorder)
    recorder.is_failing = True
    assert keeping.trouble(0.0) is None  # nothing is kept: nothing to say
    await keeping.follow(person("camera", "history"), 0.0, 0.0, {})
    told = [keeping.trouble(1.0), keeping.trouble(2.0)]
    recorder.is_failing = False
    told += [keeping.trouble(3.0), keeping.trouble(4.0)]
    assert [fault and fault.code for fault in told] == ["history_paused", None, "history_resumed", None]

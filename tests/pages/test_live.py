"""The live page: first of all, and its media go over the socket."""

from __future__ import annotations

import re
from pathlib import Path

from core.transports.media import TAKEN
from pages import find_pages
from pages.live import PAGE
from tests.pages.declared import check_element

STATIC = Path(__file__).parents[2] / "pages/static"


def test_page_is_one_element_and_comes_first() -> None:
    check_element(PAGE, "attune-live")
    assert PAGE.route == "/"
    assert PAGE.order < min(page.order for page in find_pages() if page.name != PAGE.name)


def test_chooser_and_hint_name_the_clips_that_the_server_opens() -> None:
    chooser = (STATIC / "live/welcome.js").read_text()
    hint = next(line for line in (STATIC / "shared/words.js").read_text().splitlines() if "clipHint" in line)
    for kind in ("mp4", "webm", "mov", "avi", "m4a", "wav", "ogg", "mp3", "flac"):
        assert f".{kind}," in chooser or f',.{kind}"' in chooser
        assert kind in re.findall(r"\w+", hint.lower())
        assert kind in re.findall(r"\w+", TAKEN.lower())

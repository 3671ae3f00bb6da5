"""A page's early files are found by reading its modules: static imports and sheets, each once, nothing else."""

from __future__ import annotations

import pytest

from pages import STATIC, find_pages
from pages.preloading import needed_files, preload_script


def write(folder, **files):
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return folder


def test_needed_files_follow_imports_and_sheets_each_once(tmp_path):
    (tmp_path / "live").mkdir()
    (tmp_path / "shared").mkdir()
    write(tmp_path / "shared", dom__js="export const h = 1;", look__css="")
    write(
        tmp_path / "live",
        live__js='import { h } from "../shared/dom.js";\nimport {\n  a,\n} from "./a.js";\n'
        'const SHEETS = ["../shared/look.css"];\n',
        a__js='export { h } from "../shared/dom.js";\nimport "./b.js";\n',
        b__js="",
    )
    expected = ["live/live.js", "shared/dom.js", "live/a.js", "shared/look.css", "live/b.js"]
    assert needed_files(tmp_path, "live/live.js") == expected


def test_needed_files_leave_out_what_is_fetched_later(tmp_path):
    write(
        tmp_path,
        a__js='await import("./later.js");\nimport three from "three";\nnew URL("./data.json", import.meta.url);\n',
    )
    assert needed_files(tmp_path, "a.js") == ["a.js"]


def test_needed_files_refuse_a_module_that_is_not_there(tmp_path):
    write(tmp_path, a__js='import { b } from "./b.js";\n')
    with pytest.raises(FileNotFoundError, match=r"b\.js"):
        needed_files(tmp_path, "a.js")


def test_live_page_needs_neither_records_nor_the_3d_head():
    files = needed_files(STATIC, "live/live.js")
    assert {"live/stage.js", "capture/transport.js", "avatar/avatar.css"} <= set(files)
    assert not [file for file in files if file.startswith("records/")]
    assert not {"avatar/head_3d.js", "capture/microphone_worklet.js", "shared/page.css"} & set(files)


@pytest.mark.parametrize(
    "page", [page for page in find_pages() if page.order and page.element], ids=lambda page: page.name
)
def test_pages_of_records_need_nothing_of_the_live_view(page):
    files = needed_files(STATIC, page.element.module)
    assert not [file for file in files if file.startswith(("live/", "capture/", "avatar/"))]


def test_script_holds_the_files_of_each_route():
    script = preload_script({"/": ["/attune/live/live.js"], "/history": ["/attune/records/history.js"]})
    assert '({"/": ["/attune/live/live.js"], "/history": ["/attune/records/history.js"]})' in script
    assert script.count("</script>") == 1

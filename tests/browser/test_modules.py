"""The pure parts of the page, run where they run: in the browser, on given times."""

from __future__ import annotations

import pytest


@pytest.fixture
def run(open_page):
    """Evaluates a function body with the named exports of one of our modules in scope."""
    page = open_page("/about")

    def evaluate(module: str, body: str):
        return page.evaluate(f"import('/attune/{module}').then((m) => {{ {body} }})")

    return evaluate


def test_emoji_changes_only_after_a_lead_of_600_ms(run):
    shown = run(
        "live/together.js",
        "const l = new m.Leading(); return [['neutral', 0], ['happy', 0.2], ['neutral', 0.4], ['happy', 0.6],"
        " ['happy', 1.1], ['happy', 1.25], ['sad', 5]].map(([label, t]) => l.see(label, t));",
    )
    assert shown == ["neutral", "neutral", "neutral", "neutral", "neutral", "happy", "sad"]


def test_at_most_two_pictures_are_on_their_way(run):
    went = run(
        "capture/capture.js",
        "const p = new m.Pacer(7), out = [];"
        " const go = (t) => { const may = p.mayGo(t); if (may) p.sent(t); out.push(may); };"
        " go(0); go(0.1); go(0.2); p.answered(0, 100); go(0.3); go(0.4); go(2); return out;",
    )
    assert went == [True, True, False, True, False, True]


def test_slow_answers_lower_the_rate_and_fast_ones_bring_it_back(run):
    slow, fast = run(
        "capture/capture.js",
        "const p = new m.Pacer(7); for (let i = 0; i < 50; i++) p.answered(i, 1400); const slow = p.fps;"
        " for (let i = 0; i < 50; i++) p.answered(i, 50); return [slow, p.fps];",
    )
    assert slow == pytest.approx(2, abs=0.1)
    assert fast == pytest.approx(7, abs=0.1)


def test_silence_belongs_to_no_expression(run):
    figures = run(
        "live/ledger.js",
        "const l = new m.Ledger(); const add = (at, label, abstained = false) => l.addFused({ expressions:"
        " { neutral: 0, happy: 0, sad: 0, angry: 0, fear: 0, disgust: 0, surprise: 0, [label]: 1 }, abstained,"
        " reasons: [] }, at); add(0, 'happy'); add(1, 'happy'); add(10, 'sad'); add(11, 'sad', true); add(12, 'sad');"
        " return m.summarise(l);",
    )
    assert figures["seen_s"] == pytest.approx(5), "each reading speaks for a second at most"
    assert figures["shares"]["happy"] == pytest.approx(2 / 5)
    assert figures["shares"]["uncertain"] == pytest.approx(1 / 5)
    assert figures["longest"] == {"expression": "happy", "seconds": pytest.approx(2)}
    assert sum(figures["shares"].values()) == pytest.approx(1)


def test_four_classes_keep_the_sum(run):
    four = run(
        "shared/labels.js",
        "return m.foldTo(4, { neutral: 0.1, happy: 0.2, sad: 0.1, angry: 0.1, fear: 0.2, disgust: 0.2,"
        " surprise: 0.1 });",
    )
    assert four == {
        "neutral": pytest.approx(0.2),
        "happy": pytest.approx(0.2),
        "sad": pytest.approx(0.3),
        "angry": pytest.approx(0.3),
    }


def test_an_act_that_does_not_fit_the_state_changes_nothing(run):
    assert run(
        "live/machine.js",
        "const seen = []; const machine = new m.Machine((state) => seen.push(state));"
        " return [machine.send('resume'), machine.send('start', 'camera'), machine.send('ready'), seen];",
    ) == [False, True, True, ["preflight", "live"]]


def test_preflight_tells_what_to_do(run):
    found = run(
        "live/preflight.js",
        "return [m.checks(120, { reasons: ['too_small'] }, true), m.checks(20, null, true),"
        " m.checks(120, null, false)];",
    )
    assert [[found[i][name][0] for name in ("light", "face", "size")] for i in range(3)] == [
        [True, True, False],
        [False, False, None],
        [True, None, None],
    ]


def test_unknown_reason_is_still_told_in_words(run):
    assert (
        run("shared/words.js", "return m.reasonWords(['low_light', 'some_new_reason']);") == "too dark, some new reason"
    )


RESAMPLE = """
const from = {rate}, r = new m.Resampler(from), out = [];
for (let start = 0; start < from; start += 128) {{
  const block = Float32Array.from({{ length: 128 }}, (_, i) => 0.5 * Math.sin(2 * Math.PI * {hz} * (start + i) / from));
  out.push(...r.feed(block));
}}
const middle = out.slice(4000, 12000);
return [out.length, Math.sqrt(middle.reduce((sum, x) => sum + x * x, 0) / middle.length) / (0.5 / Math.SQRT2)];
"""


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
@pytest.mark.parametrize(("hz", "low", "high"), [(300, 0.97, 1.03), (1000, 0.97, 1.03), (10_000, 0, 0.01)])
def test_the_resampler_keeps_speech_and_drops_what_would_fold(run, rate, hz, low, high):
    length, gain = run("capture/resample.js", RESAMPLE.format(rate=rate, hz=hz))
    assert length == pytest.approx(16_000, abs=60)
    assert low <= gain <= high


def test_the_sample_clock_counts_samples_and_follows_a_real_gap(run):
    told = run(
        "capture/microphone.js",
        "const c = new m.SampleClock(); return [1, 1.11, 1.19, 1.31, 5].map((time) => c.start(time));",
    )
    assert told == pytest.approx([0.9, 1.0, 1.1, 1.2, 4.9])


def test_thin_lines_join_equal_readings_and_keep_sentences_apart(run):
    faces, words = run(
        "live/timeline_strips.js",
        "const e = (at, label, event = {}) => ({ at, expressions: { neutral: 0, [label]: 1 }, event });"
        " return [m.stripOf('faces', [e(1, 'happy'), e(1.2, 'happy'), e(1.4, 'sad'), e(9, 'sad')]),"
        " m.stripOf('text', [e(4, 'sad', { t: 4, start_t: 2 }), e(6, 'sad', { t: 6, start_t: 4 })])];",
    )
    assert [(s["label"], s["from"]) for s in faces] == [("happy", 1), ("sad", 1.4), ("sad", 9)]
    assert faces[0]["to"] == 1.4
    assert faces[1]["to"] == pytest.approx(2.0)
    assert [(s["from"], s["to"]) for s in words] == [(2, 4), (4, 6)]


def test_mode_leaves_everything_undone_that_it_does_not_have(run):
    body = """
        const mode = new m.Mode(null);
        const acts = Object.getOwnPropertyNames(m.Mode.prototype).filter((name) => name !== "constructor");
        const called = acts.filter((name) => typeof mode[name] === "function").map((name) => mode[name]("live"));
        return [called.length > 15, mode.light("live"), mode.time, mode.isHeard, mode.focus];
    """
    assert run("live/mode.js", body) == [True, ["", False, "demo"], 0, False, None]


@pytest.mark.parametrize(("file", "name"), [("demo", "DemoMode"), ("clip", "ClipMode"), ("camera", "CameraMode")])
def test_modes_add_nothing_that_the_live_view_could_not_know(run, file, name):
    """What a mode answers stands in live/mode.js; its own ways in (start, load, comeBack) are known to who makes it."""
    body = f"""
        return import("/attune/live/mode.js").then(({{ Mode }}) => {{
            const known = new Set(Object.getOwnPropertyNames(Mode.prototype));
            return Object.getOwnPropertyNames(m.{name}.prototype).filter((one) => !known.has(one));
        }});
    """
    assert set(run(f"live/mode_{file}.js", body)) <= {"start", "load", "comeBack"}


def test_blocked_tab_of_a_sign_in_is_told(run):
    body = "window.open = () => null; return m.signIn(Promise.resolve('')).catch((error) => error.message);"
    assert run("records/huggingface.js", body) == (
        "The browser blocked the new tab. Allow it for this page and try again."
    )

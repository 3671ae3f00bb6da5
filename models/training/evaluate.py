"""Accuracy tables of the shipped nets: `python -m models.training.evaluate` (`make evaluate`).

Prints them and writes tests/benchmarks/results/evaluate-<kind>-<date>.json and .md, with all that a reader needs to
repeat the figures: machine, commit, versions, checksum of the weights, data, split, seed, command. Never a pass
or fail.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from models.training import evaluate_fusion, evaluate_speaking, evaluate_text, evaluate_words
from models.training.evaluate_face import SEED, evaluate_split, judge_abstention, read_facts
from models.training.evaluate_live import evaluate_photographs
from models.training.evaluate_turns import evaluate_turns, turns_table
from models.training.evaluate_voice import evaluate_voice, voice_table
from models.training.evaluate_voice_live import evaluate_voice_live, live_table
from models.training.export_face import NAME
from models.training.exported import keep_measured, measured

RESULTS = Path("tests/benchmarks/results")
PACKAGES = ("numpy", "onnxruntime", "opencv-python-headless", "pandas")
COMMAND = "python -m models.training.evaluate"


def processor_name() -> str:
    """The processor as Linux names it, else what Python knows."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def commit_name() -> str:
    """The short commit, with + when the working tree differs; "unknown" without git."""
    try:
        words = ["git", "describe", "--always", "--dirty=+", "--abbrev=10", "--exclude=*"]
        return subprocess.run(words, capture_output=True, text=True, check=True, timeout=10).stdout.strip()  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return "unknown"


def circumstances() -> dict[str, Any]:
    """When, where and with what the figures were made."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{processor_name()}, {os.cpu_count()} cores, {platform.system()}",
        "commit": commit_name(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "seed": SEED,
        "command": COMMAND,
    }


def percent(value: float | None) -> str:
    """A share 0..1 as a percentage with one decimal; a dash where there is none."""
    return "-" if value is None else f"{100 * value:.1f}"


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    return "\n".join("| " + " | ".join(row) + " |" for row in [header, ["---"] * len(header), *rows])


def split_table(result: dict[str, Any]) -> str:
    """FER2013 figures by head, and the recall of each class."""
    rows, recall_rows = [], []
    for head, figures in result["heads"].items():
        error = {when: figures[f"{when}_temperature"]["calibration_error"] for when in ("before", "after")}
        after = f"{error['after']['value']:.3f} ({error['after']['low']:.3f} to {error['after']['high']:.3f})"
        for way in ("plain", "with_flip"):
            judged, is_plain = figures[way], way == "plain"
            shown = [f"{error['before']['value']:.3f}", after] if is_plain else ["", ""]
            head_name = f"{head}, {way.replace('_', ' ')}"
            numbers = [percent(judged[name]) for name in ("accuracy", "macro_f1", "uar")]
            rows.append([head_name, str(judged["pictures"]), *numbers, *shown])
            recall_rows.append([head_name, *(percent(value) for value in judged["recall"].values())])
    header = ["head", "pictures", "accuracy %", "macro-F1 %", "UAR %", "calib. error raw", "after temperature (95 %)"]
    labels = list(result["heads"]["logits"]["plain"]["recall"])
    return f"{table(header, rows)}\n\nRecall per class, %\n\n{table(['head', *labels], recall_rows)}"


def coverage_table(result: dict[str, Any]) -> str:
    """Accuracy over the most confident part of the pictures, by head."""
    chosen = {head: figures["after_temperature"]["selective_accuracy"] for head, figures in result["heads"].items()}
    covers = list(chosen["logits"])
    rows = [[head, *(percent(values[cover]) for cover in covers)] for head, values in chosen.items()]
    return table(["accuracy % at coverage", *covers], rows)


def abstention_line(figures: dict[str, float]) -> str:
    """The fitted threshold and what it does, as a sentence."""
    return (
        f"Abstention of the live output: under {figures['threshold']:.2f} (fitted on PublicTest: the highest step "
        f"under which a guess is wrong at least as often as right); on PrivateTest {percent(figures['coverage'])} % "
        f"are answered, {percent(figures['accuracy_answered'])} % of them rightly; of the others "
        f"{percent(figures['accuracy_abstained'])} % would have been."
    )


def photograph_table(result: dict[str, Any], part: str) -> str:
    """The live path by condition, on the whole set or the valid split."""
    rows = []
    for name, parts in result["conditions"].items():
        figures = parts[part]
        error = figures["calibration_error"]
        main = ("detection_rate", "accuracy", "uar", "all_accuracy", "all_uar")
        spread = f"{error['value']:.3f} ({error['low']:.3f} to {error['high']:.3f})"
        recall = [percent(value) for value in figures["recall"].values()]
        rows.append([name, *(percent(figures[key]) for key in main), spread, *recall])
    labels = list(next(iter(result["conditions"].values()))[part]["recall"])
    header = ["picture", "found %", "accuracy %", "UAR %", "all: accuracy %", "all: UAR %", "calib. error", *labels]
    return table(header, rows)


def face_report(result: dict[str, Any]) -> str:
    """The face figures as Markdown."""
    facts, weights, live = result["circumstances"], result["weights"], result["photographs"]
    count = live["conditions"]["clean"]["whole"]["all_pictures"]
    valid = live["conditions"]["clean"]["valid"]["all_pictures"]
    spoilt = "; ".join(f"{name}: {how}" for name, how in live["spoilt_how"].items())
    strangers = strangers_table(weights["strangers"]) if "strangers" in weights else ""
    return f"""# Face net, {facts["date"]}

{facts["machine"]}; commit {facts["commit"]}; Python {facts["python"]}, {facts["packages"]}; seed {facts["seed"]};
command `{facts["command"]}`. Weights {weights["file"]}, sha256 `{weights["sha256"]}`.

## FER2013 {result["fer2013"]["split"]}

{"; ".join(f"`{head}`: {how}" for head, how in result["fer2013"]["judged_by"].items())}.

{split_table(result["fer2013"])}

{coverage_table(result["fer2013"])}

{abstention_line(result["abstention"])}

{strangers}
## Live path (detector, crop, net, head `{weights["live_head"]}`) on {live["dataset"]}

Recall per class over the pictures with a face, %; "all" counts a missed face as wrong; contempt counts as wrong.
{spoilt}.
{"These persons trained the net: what spoiling costs is told here, how it reads strangers above." if strangers else ""}

Whole set, {count} pictures:

{photograph_table(live, "whole")}

Person-disjoint valid split, {valid} pictures:

{photograph_table(live, "valid")}
"""


def strangers_table(told: dict[str, Any]) -> str:
    """What each fold's student says of persons that it never saw, written by the export."""
    spread, error = told["uar_interval"], told["calibration_error"]
    figures = [
        str(told["pictures"]),
        percent(told["accuracy"]),
        f"{percent(told['uar'])} ({percent(spread['low'])} to {percent(spread['high'])})",
        f"{error['value']:.3f} ({error['low']:.3f} to {error['high']:.3f})",
        *(percent(value) for value in told["recall"].values()),
    ]
    header = ["pictures", "accuracy %", "mean recall % (95 %)", "calib. error (95 %)", *told["recall"]]
    return f"""## Persons who did not train (muxspace, five folds, crops of the live path)

{table(header, [figures])}
"""


def evaluate_face() -> dict[str, Any]:
    """All figures of the face net."""
    return {
        "circumstances": circumstances(),
        "weights": read_facts(),
        "fer2013": evaluate_split(),
        "abstention": judge_abstention(),
        "photographs": evaluate_photographs(),
    }


def keep_face(result: dict[str, Any]) -> None:
    """One figure at home and one on strangers beside the weights that they were measured on."""
    home = result["fer2013"]["heads"]["logits_live"]["plain"]
    own, trained_it = result["photographs"]["conditions"]["clean"]["whole"], result["weights"].get("strangers")
    strangers = own if trained_it is None else trained_it
    rows = [measured("other pictures of FER2013, from the web", home, at_home=True)]
    keep_measured(NAME, [*rows, measured("muxspace, press and film pictures", strangers, at_home=False)])


def keep_voice(result: dict[str, Any]) -> None:
    """The same for the voice, whole recordings, both legs."""
    home, strangers = (result["sets"][name]["recordings"] for name in ("RAVDESS", "TESS"))
    rows = [measured("other actors of RAVDESS", home, at_home=True)]
    keep_measured("voice_rows", [*rows, measured("TESS, two actresses", strangers, at_home=False)])


def keep_text(result: dict[str, Any]) -> None:
    """The same for words, rules included; there are no strangers, for every collection of texts taught the net."""
    comments, talk = (result["sets"][name]["with_rules"] for name in ("goemotions test", "meld valid"))
    rows = [measured("other comments of GoEmotions", comments, at_home=True)]
    keep_measured("text_compact", [*rows, measured("other conversations of MELD", talk, at_home=True)])


def voice_report(result: dict[str, Any]) -> str:
    """The voice figures as Markdown."""
    facts = result["circumstances"]
    checksums = f"{result['sha256']}` and `{result['sha256_rows']}"
    lines = [f"# Voice nets, {facts['date']}", "", about_line(facts, checksums), "", *voice_table(result)]
    return "\n".join(lines) + "\n"


def voice_live_report(result: dict[str, Any]) -> str:
    """The voice live beside offline, as Markdown."""
    facts = result["circumstances"]
    lines = [f"# Voice live and offline, {facts['date']}", "", about_line(facts, ""), "", *live_table(result["sets"])]
    return "\n".join(lines) + "\n"


def text_report(result: dict[str, Any]) -> str:
    """The text figures as Markdown."""
    facts = result["circumstances"]
    return f"# Text net, {facts['date']}\n\n{about_line(facts, '')}\n\n{evaluate_text.text_report(result)}\n"


def fusion_report(result: dict[str, Any]) -> str:
    """The fusion's figures as Markdown."""
    lines = ["# Fusion", "", about_line(result["circumstances"], ""), "", *evaluate_fusion.fusion_table(result)]
    lines[0] += f", {result['circumstances']['date']}"
    return "\n".join(lines) + "\n"


def words_report(result: dict[str, Any]) -> str:
    """The recognisers' figures as Markdown."""
    lines = ["# Words", "", about_line(result["circumstances"], ""), "", *evaluate_words.words_table(result)]
    lines[0] += f", {result['circumstances']['date']}"
    return "\n".join(lines) + "\n"


def turns_report(result: dict[str, Any]) -> str:
    """The figures of the end of turn as Markdown."""
    facts = result["circumstances"]
    return "\n".join([f"# End of turn, {facts['date']}", "", about_line(facts, ""), "", *turns_table(result)]) + "\n"


def speaking_report(result: dict[str, Any]) -> str:
    """The voices' figures as Markdown."""
    lines = ["# Voices", "", about_line(result["circumstances"], ""), "", *evaluate_speaking.speaking_table(result)]
    lines[0] += f", {result['circumstances']['date']}"
    return "\n".join(lines) + "\n"


def about_line(facts: dict[str, Any], checksum: str) -> str:
    """Machine, commit, versions and command."""
    weights = f" Weights sha256 `{checksum}`." if checksum else ""
    return (
        f"{facts['machine']}; commit {facts['commit']}; Python {facts['python']}, {facts['packages']}; seed "
        f"{facts['seed']}; command `{facts['command']}`.{weights}"
    )


@dataclass(frozen=True)
class Kind:
    """How one kind of model is measured, told, and remembered beside its weights."""

    measure: Callable[[], dict[str, Any]]
    report: Callable[[dict[str, Any]], str]
    keep: Callable[[dict[str, Any]], None] = lambda _: None


def told(measure: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """The figures with their circumstances."""
    return lambda: {"circumstances": circumstances(), **measure()}


KINDS = {
    "face": Kind(evaluate_face, face_report, keep_face),
    "voice": Kind(told(evaluate_voice), voice_report, keep_voice),
    "voice-live": Kind(told(lambda: {"sets": evaluate_voice_live()}), voice_live_report),
    "text": Kind(told(evaluate_text.evaluate_text), text_report, keep_text),
    "words": Kind(told(evaluate_words.evaluate_words), words_report),
    "turns": Kind(told(evaluate_turns), turns_report),
    "speaking": Kind(told(evaluate_speaking.evaluate_speaking), speaking_report),
    "fusion": Kind(told(evaluate_fusion.evaluate_fusion), fusion_report),
}


def main() -> None:
    """Measures, prints and writes the dated results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=sorted(KINDS), help="one model instead of all")
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    options.results.mkdir(parents=True, exist_ok=True)
    for name, kind in KINDS.items():
        if options.only not in (None, name):
            continue
        result = kind.measure()
        report = kind.report(result)
        stem = options.results / f"evaluate-{name}-{datetime.now(UTC):%Y-%m-%d}"
        stem.with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n")
        stem.with_suffix(".md").write_text(report)
        kind.keep(result)
        sys.stdout.write(report)


if __name__ == "__main__":
    main()

"""What Attune is, what it can and cannot do, the models' own figures, the law and the licences."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from core.engines.spec import Figure, figures_of
from pages import Page, Services

WEIGHTS = Path(__file__).parents[1] / "models" / "weights"
SIDECAR = WEIGHTS / "face_compact.json"
"""Written by the training beside the weights; figures on this page come from it, never from here."""
SECOND = "voice_rows"
"""Both legs of the voice are measured together; the figures lie beside the second."""
MODELS = (
    (
        "The face model",
        "face_compact",
        "People themselves agree with the labels of FER2013 about 65 times in 100; a reading is a guess about a "
        "picture. When no expression stands out or the picture is poor, Attune says so instead.",
    ),
    (
        "The voice model",
        "voice_compact",
        "It learned from actors who read given sentences in English and Polish; people who simply talk sound "
        "otherwise. Its weights may not be used commercially (RAVDESS and nEMO are CC BY-NC-SA 4.0).",
    ),
    (
        "The text model",
        "text_compact",
        "It reads one sentence at a time, without context or irony, and is much weaker outside English. Every "
        "collection of texts at hand taught it, so how it does on strangers was not measured. "
        "Speech becomes words by a rough recogniser for English; what it mishears is read as it was written down.",
    ),
)

CAN = (
    "Find up to five faces in a picture and follow them by where they are.",
    "Estimate seven expressions in the face of the person in front, in the voice, and in what is said or typed.",
    "Put them together, show how much each counts, and say when face, voice and words disagree.",
    "Say how fit picture, sound and text were, how sure it is, and that it is not sure.",
    "Answer as a companion that takes up your words and asks back, aloud, and stops when you speak.",
    "Run on this machine alone: no key, no download, no request to anybody else, unless you choose a cloud to answer.",
)
CANNOT = (
    "Know what a person feels. It compares a face with pictures that other people once put into seven drawers.",
    "Read everybody equally well. Its training pictures came from web searches; skin, age, glasses, beards, "
    "masks and cultures are not evenly among them, and we have not measured fairness for each group.",
    "Recognise who somebody is. It makes no measure of identity and keeps no picture.",
    "Help in place of a person. The companion is no therapist and no doctor; in danger call 112 or your local number.",
    "Support a decision about a person: not about health, work, school, credit, safety or truth.",
)


def read_sidecar(file: Path = SIDECAR) -> dict[str, Any]:
    """The facts beside the weights; empty while there are none."""
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        return {}
    return facts if isinstance(facts, dict) else {}


def figures_html(figures: Sequence[Figure]) -> str:
    """How often a model was right, at home and on strangers, as bars with their intervals; empty without any."""
    rows = "".join(_figure_html(figure) for figure in figures)
    caution = "<p class='hint'>The pale part of a bar is where the true value lies, 95 times in 100.</p>"
    return f"<div class='figures'>{rows}{caution}</div>" if rows else ""


def _figure_html(figure: Figure) -> str:
    where = "At home" if figure.at_home else "On strangers"
    value, low, high = (100 * share for share in (figure.value, figure.low, figure.high))
    spread = f"{low:.0f} to {high:.0f} %; {figure.count:,} of them"
    return f"""<div class="figure">
      <p><strong>{where}</strong> <span>{escape(figure.on)}</span></p>
      <p class="bar" style="--value: {value:.1f}%; --low: {low:.1f}%; --high: {high:.1f}%"></p>
      <p><strong>{value:.0f} %</strong> <span>{escape(figure.measure)}: {spread}</span></p></div>"""


def _facts_html(facts: dict[str, Any]) -> str:
    if not facts:
        return "<p>This model is not installed on this server; the demo works without it.</p>"
    training = facts.get("training", {})
    weights = training.get("weights", 0)
    rows = [
        ("Model", facts.get("name", "")),
        ("Size", f"{facts.get('bytes', 0) / 1e6:.1f} MB" + (f", {weights:,} weights" if weights else "")),
        ("Trained on", training.get("data", "")),
        ("Read live", ": ".join(str(facts[key]) for key in ("live_head", "live_head_reason") if key in facts)),
        ("Reproduce", training.get("command", "") or training.get("made_by", "")),
        ("Checksum", str(facts.get("sha256", ""))[:16]),
    ]
    return "<dl>" + "".join(f"<div><dt>{escape(n)}</dt><dd>{escape(str(v))}</dd></div>" for n, v in rows if v) + "</dl>"


def _list(items: tuple[str, ...]) -> str:
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"


def _model_html(title: str, facts: dict[str, Any], measured: dict[str, Any], caution: str) -> str:
    shown = figures_html(figures_of(measured))
    return f"<section><h2>{escape(title)}</h2>{shown}{_facts_html(facts)}<p>{escape(caution)}</p></section>"


def as_html(facts: dict[str, Any], settings: Any, folder: Path = WEIGHTS) -> str:
    """The whole page; texts are ours, values from files are escaped."""
    read = {name: facts if name == "face_compact" else read_sidecar(folder / f"{name}.json") for _, name, _ in MODELS}
    measured = read | {"voice_compact": read_sidecar(folder / f"{SECOND}.json")}
    models = "".join(_model_html(title, read[name], measured[name], caution) for title, name, caution in MODELS)
    disk = "<p>This server forgets everything when it restarts.</p>" if settings.is_space else ""
    return f"""
<article class="attune-about">
  <h1>About Attune</h1>
  <p class="lead">Attune shows, in real time, what a machine reads in face, voice and words. It estimates
  expressions.
  It does not know what anybody feels.</p>
  <div class="columns">
    <section><h2>What it can do</h2>{_list(CAN)}</section>
    <section><h2>What it cannot do</h2>{_list(CANNOT)}</section>
  </div>
  {models}
  <section><h2>What is kept</h2>
  <p>Pictures and sound are read in memory and forgotten at once; they never reach a disk. Readings (numbers) and
  words are stored only while those switches are on; words are encrypted on the disk. Your data shows what is stored
  about you, exports it and deletes it, from the file too. Clips you upload are treated the same way.
  The demo sends nothing.</p>
  {disk}</section>
  <section><h2>The law</h2>
  <p>Regulation (EU) 2024/1689, the AI Act: Article 50(3) asks that people are told when a system reads
  their expressions, so the notice stands before the camera. Article 5(1)(f) forbids reading emotions at
  work and in education, so Attune refuses both. Stop ends the reading at once. Permission
  can be taken back at any time, in Settings or under Your data, and what was kept under it is deleted if you
  ask.</p></section>
  <section><h2>Licences</h2>
  <p>The code is under the MIT licence. The weights carry the terms of the data they learned from:
  FER2013 states no licence and its pictures' rights are not cleared, so treat the weights as
  for research only; the FER+ votes are under the MIT licence. The voice model is non-commercial, the text
  model for research only. The detector's weights come from the mtcnn package (MIT), speech detection is
  Silero's net (MIT), speech is turned into words by Moonshine's tiny nets (MIT).</p></section>
</article>"""


def build(services: Services) -> None:
    """One block of text; nothing on it is interactive."""
    import gradio as gr

    gr.HTML(as_html(read_sidecar(), services.settings), apply_default_css=False, elem_classes="attune-about-host")


PAGE = Page(name="about", title="About", route="/about", build=build, order=900)

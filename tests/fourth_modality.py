"""Run by tests/test_modalities.py in a process of its own: what a fourth modality adds, and that it then is everywhere.

Everything is derived from the table when it is imported, so the row stands there before anything else is loaded.
"""

from __future__ import annotations

from typing import Any, get_args

from core import modalities, types

# -- all that a new modality adds to the core (its lane aside) --

types.MODALITIES = (*types.MODALITIES, "breath")  # type: ignore[assignment]
modalities.MODALITY_FACTS["breath"] = modalities.ModalityFacts(  # type: ignore[index]
    word="breathing",
    medium="sound",
    scope="microphone",
    has_subject=False,
    can_mask=False,
    found_nothing="no_breath",
    colour="#CC79A7",
    base_weight=0.20,
    half_life_s=5.0,
    quality_exponent=1.0,
    baseline_enough=3,
    baseline_advice="breathe calmly",
)
ADD_WEIGHT = "ALTER TABLE fused ADD COLUMN weight_breath FLOAT DEFAULT 0"


def told() -> list[Any]:
    """What the judge tells of a face and a breath, then of a lane that found nothing, under a neutral baseline."""
    from core.estimation.fusion import FusionSettings
    from core.estimation.ordering import InOrder, Outcome
    from core.live.judge import Judge
    from tests.fakes import estimate

    events: list[Any] = []
    judge = Judge(FusionSettings(), InOrder(types.MODALITIES), events.append, lambda fused, _: fused)
    for absent in ("voice", "text"):
        judge.finish(absent)
    judge.change_baseline("start", 0.0)
    for number in range(1, 5):
        at_s = number * 1.0
        judge.push(Outcome("face", at_s, at_s, at_s, (estimate("happy", at_s),)))
        judge.push(Outcome("breath", at_s, at_s, at_s, (estimate("sad", at_s, "breath"),)))  # type: ignore[arg-type]
    judge.change_baseline("stop", 4.0)
    judge.push(Outcome("face", 20.0, 20.0, 20.0, (estimate("happy", 20.0),)))
    judge.push(Outcome("breath", 40.0, 40.0, 40.0, ()))  # type: ignore[arg-type]
    judge.push(Outcome("face", 40.0, 40.0, 40.0, ()))
    judge.tick(41.0)
    return events


def kept(events: list[Any]) -> Any:
    """The tables as they leave the house, by way of a real database with the one migration that is asked for."""
    import duckdb

    from core.record.columns import is_kept
    from core.record.migrations import MIGRATIONS, Migration, migrate
    from core.record.tables import tables_of
    from core.record.writer import insert_rows

    with duckdb.connect() as connection:
        migrate(connection, (*MIGRATIONS, Migration(MIGRATIONS[-1].number + 1, "share of the breath", (ADD_WEIGHT,))))
        connection.execute(
            "INSERT INTO sessions (session_id, user_id, started_at, consent_id, settings)"
            " VALUES ('one', 'someone', now()::TIMESTAMP, 'consent-1', '{}')"
        )
        for event in events:
            if is_kept(event):
                insert_rows(connection, type(event), ["one"], [event])
        return tables_of(connection, ["one"], lambda sealed, _: list(sealed))


def main() -> None:
    from core.analysis import charts, statistics
    from core.estimation.fusion import FusionSettings
    from core.exports.as_elan import tiers
    from core.exports.as_emotionml import EXPORT
    from core.transports.protocol import parse_text
    from core.transports.wire_events import event_message
    from core.types import BaselineState, Estimate, FusedEstimate

    assert "breath" not in get_args(types.Modality)
    assert FusionSettings().base_weights["breath"] == 0.20
    assert parse_text('{"type": "preferences", "weights": {"breath": 0.1}}').weights == {"breath": 0.1}

    events = told()
    fused = [event for event in events if isinstance(event, FusedEstimate)]
    assert any(0 < event.weights["breath"] < 1 for event in fused), "fused"
    assert fused[-1].abstained
    assert "no_breath" in fused[-1].reasons, "its lane found nothing"
    assert any("breath" in event.modalities for event in events if isinstance(event, BaselineState)), "baseline"
    wire = [event_message(event) for event in events if isinstance(event, Estimate | FusedEstimate)]
    assert any(message["type"] == "breath_emotion" for message in wire), "told"
    assert all("breath" in message["weights"] for message in wire if message["type"] == "fused_emotion"), "told"

    tables = kept(events)
    assert tables.fused["weight_breath"].max() > 0.1, "stored"
    assert tiers(tables, "one")["breathing"], "annotated"
    assert 'expressed-through="face breath"' in EXPORT.write(tables).decode(), "exported"
    assert statistics.overview(tables)["coverage_breath"].iloc[0] > 0, "counted"
    assert "face and breath" in set(statistics.agreement(tables)["pair"]), "compared"
    made = {chart.name: chart for chart in charts.charts(tables)}
    assert "breathing" in made["overview"].text, "charted"
    assert "breathing" in made["quality"].text, "charted"


if __name__ == "__main__":
    main()

"""Counts and durations, each app its own."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from core.metrics import BUCKETS_S, Metrics


def samples(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """Every sample of the page by its name and the values of its labels, sorted."""
    families = text_string_to_metric_families(metrics.page().decode())
    return {(s.name, *sorted(s.labels.values())): s.value for family in families for s in family.samples}


def test_milliseconds_are_told_in_seconds() -> None:
    metrics = Metrics()
    metrics.observe_ms("face", 250.0)
    told = samples(metrics)
    assert told["attune_stage_seconds_sum", "face"] == pytest.approx(0.25)
    assert told["attune_stage_seconds_bucket", "0.25", "face"] == 1
    assert told["attune_stage_seconds_bucket", "0.15", "face"] == 0


def test_two_apps_in_one_process_count_apart() -> None:
    one, two = Metrics(), Metrics()
    one.dropped.labels("picture").inc()
    assert samples(one)["attune_dropped_total", "picture"] == 1
    assert ("attune_dropped_total", "picture") not in samples(two)


def test_buckets_rise() -> None:
    assert list(BUCKETS_S) == sorted(set(BUCKETS_S))

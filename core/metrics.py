"""What is counted and timed, in Prometheus' own types; one registry per app, so tests can run many."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """Ids, counts and durations only: nothing here can tell who or what was seen."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.stage_s = Histogram(
            "attune_stage_seconds", "Time in one stage", ["stage"], buckets=BUCKETS_S, registry=self.registry
        )
        self.sessions = Gauge("attune_sessions", "Sessions open now", ["kind"], registry=self.registry)
        self.sessions_total = Counter("attune_sessions_opened", "Sessions opened", ["kind"], registry=self.registry)
        self.dropped = Counter("attune_dropped", "Inputs and messages left out", ["what"], registry=self.registry)
        self.faults = Counter("attune_faults", "Faults told", ["code"], registry=self.registry)
        self.events = Counter("attune_events", "Events told", ["kind"], registry=self.registry)

    def observe_ms(self, stage: str, elapsed_ms: float) -> None:
        """Add one duration, in milliseconds, to a stage's histogram."""
        self.stage_s.labels(stage).observe(elapsed_ms / 1000)

    def page(self) -> bytes:
        """The exposition text for GET /metrics."""
        return generate_latest(self.registry)

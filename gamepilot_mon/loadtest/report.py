"""The report as a document: what `--json` prints, and what the page is made of."""

import platform
from collections import Counter
from collections.abc import Sequence
from typing import Any

import psutil

from gamepilot_mon.clock import iso
from gamepilot_mon.loadtest import capacity
from gamepilot_mon.loadtest.capacity import Estimate, Point
from gamepilot_mon.loadtest.histogram import Histogram
from gamepilot_mon.loadtest.people import KINDS
from gamepilot_mon.loadtest.plan import Plan
from gamepilot_mon.loadtest.stage import Outcome, Stages


def build(
    stages: Stages, outcomes: Sequence[Outcome], started: int, ended: int, why_ended: str
) -> dict[str, Any]:
    """JSON-ready. Times are ms, memory is bytes, CPU is seconds of one core."""
    plan = stages.plan
    points = [_point(outcome, before) for outcome, before in zip(outcomes, [None, *outcomes], strict=False)]
    guess = capacity.estimate(points, plan.target_ms)
    totals = _totals(stages, outcomes)
    return {
        "startedAt": iso(started),
        "endedAt": iso(ended),
        "ended": why_ended,
        "target": {
            "url": f"http://{plan.address.authority}",
            "pids": stages.listeners.pids(),
            "sameMachine": plan.address.loopback,
        },
        "machine": {"cores": psutil.cpu_count(), "system": f"{platform.system()} {platform.machine()}"},
        "plan": _plan(plan),
        "users": _users(stages),
        "stages": [_stage(outcome, before) for outcome, before in zip(outcomes, [None, *outcomes], strict=False)],
        "requests": _requests(stages),
        "totals": totals,
        "capacity": {
            "clients": guess.clients, "atLeast": guess.at_least, "limit": guess.limit,
            "targetMs": plan.target_ms, "sentence": sentence(guess, plan),
        },
        "intact": not (totals["missing"] or totals["duplicates"] or totals["outOfOrder"] or totals["neverSeen"]),
    }  # fmt: skip


def sentence(guess: Estimate, plan: Plan) -> str:
    target = f"p{plan.target_share * 100:.0f} <= {plan.target_ms:.0f} ms"
    if guess.clients is None:
        return f"No stage held {target}: {guess.limit}."
    amount = "at least" if guess.at_least else "about"
    why = "no limit was near" if guess.at_least else f"limited by: {guess.limit}"
    return (
        f"This machine carries {amount} {guess.clients:,} clients at {target}, "
        f"with {plan.items_per_s:g} items a second ({why})."
    )


def _point(outcome: Outcome, before: Outcome | None) -> Point:
    latency = _all(outcome.seen.latency).percentile(0.99)
    share = None if outcome.server_cpu_s is None else outcome.server_cpu_s / max(outcome.held_s, 0.001)
    faults = _faults(outcome, before)
    return Point(outcome.connected, latency, share, any(faults.values()))


def _faults(outcome: Outcome, before: Outcome | None) -> dict[str, int]:
    """Doubled and disordered are counted from the start, so a stage's own are the difference."""
    return {
        "missing": outcome.missing,
        "duplicates": outcome.twice - (before.twice if before else 0),
        "outOfOrder": outcome.disordered - (before.disordered if before else 0),
    }


def _all(histograms: dict[str, Histogram]) -> Histogram:
    together = Histogram()
    for histogram in histograms.values():
        together.merge(histogram)
    return together


def _by_transport(histograms: dict[str, Histogram]) -> dict[str, Any]:
    named = {name: histogram.summary() for name, histogram in sorted(histograms.items())}
    return {"all": _all(histograms).summary(), **named}


def _stage(outcome: Outcome, before: Outcome | None) -> dict[str, Any]:
    seen = outcome.seen
    cpu = outcome.server_cpu_s
    received = sum(seen.received.values())
    return {
        "clients": outcome.wanted,
        "connected": outcome.connected,
        "complete": outcome.complete,
        "heldS": round(outcome.held_s, 2),
        "connectsPerS": round(outcome.connects_per_s, 1),
        "connectMs": _by_transport(seen.connect),
        "latencyMs": _by_transport(seen.latency),
        "stormMs": _by_transport(seen.storm),
        "received": {"all": received, **seen.received},
        **_faults(outcome, before),
        "gaps": outcome.gaps - (before.gaps if before else 0),
        "cuts": seen.cuts,
        "endedByServer": seen.ended,
        "returned": seen.returned,
        "stuckReaders": outcome.stuck,
        "answers": seen.answered,
        "refused": {str(status): count for status, count in seen.refused.items()},
        "failedConnects": dict(seen.failed),
        "server": {
            "cpuS": None if cpu is None else round(cpu, 2),
            "cpuShare": None if cpu is None else round(cpu / max(outcome.held_s, 0.001), 3),
            "rss": outcome.server_rss,
        },
        "clientCpuShare": round(outcome.client_cpu_s / max(outcome.held_s, 0.001), 3),
    }


def _requests(stages: Stages) -> dict[str, Any]:
    return {
        name: {
            "done": tally.done,
            "statuses": {str(status): count for status, count in sorted(tally.statuses.items())},
            "ms": tally.took.summary(),
        }
        for courier in stages.couriers
        for name, tally in sorted(courier.tallies.items())
    }


def _totals(stages: Stages, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    last = outcomes[-1] if outcomes else Outcome(0)
    seen: set[int] = set().union(*(outcome.seen.numbers for outcome in outcomes))
    return {
        "published": len(stages.publisher.confirmed),
        "neverSeen": len(stages.publisher.confirmed - seen) if outcomes else 0,
        "received": sum(sum(outcome.seen.received.values()) for outcome in outcomes),
        "missing": last.missing,
        "duplicates": last.twice,
        "outOfOrder": last.disordered,
        "gaps": last.gaps,
        "cuts": sum(outcome.seen.cuts for outcome in outcomes),
        "endedByServer": sum(outcome.seen.ended for outcome in outcomes),
        "returned": sum(outcome.seen.returned for outcome in outcomes),
        "events": stages.behaviour.events,
        "errandsDropped": sum(courier.dropped for courier in stages.couriers),
    }


def _users(stages: Stages) -> list[dict[str, Any]]:
    """Who takes part in the largest stage, when it is reached."""
    by_kind = {kind.name: Counter[str]() for kind in KINDS}
    for kind, transport in stages.people:
        by_kind[kind.name][transport] += 1
    return [
        {
            "name": kind.name,
            "share": kind.share,
            "topics": list(kind.topics),
            "clients": by_kind[kind.name].total(),
            "transports": dict(by_kind[kind.name]),
        }
        for kind in KINDS
    ]


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "stages": list(plan.stages),
        "transports": dict(plan.transports),
        "holdS": plan.hold_s,
        "itemsPerS": plan.items_per_s,
        "itemBytes": plan.item_bytes,
        "storm": {"items": plan.storm, "kind": plan.storm_kind},
        "cutsPerMinute": plan.cuts_per_minute,
        "stuckShare": plan.stuck,
        "reportsEvents": plan.ingest_token is not None,
    }

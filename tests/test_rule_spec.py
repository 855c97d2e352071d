from typing import Any

import pytest

from gamepilot_mon import rule_spec
from gamepilot_mon.burn_rate import RECOMMENDED
from gamepilot_mon.mutes import Matcher
from gamepilot_mon.queries import Query
from gamepilot_mon.rule_spec import Refused

DEPTH = {"metric": "depth", "statistic": "max", "warning": 100}
SLO = {"kind": "burn_rate", "objective": 0.999}


def test_it_reads_a_threshold_rule() -> None:
    watch = rule_spec.parse(
        {
            **DEPTH,
            "matchers": ["queue=mail", "zone!~test.*"],
            "by": ["queue"],
            "window": "10m",
            "for": "2m",
            "clear": 80,
            "clearFor": "1m",
            "critical": 500,
            "minSamples": 3,
            "noData": "keep",
            "labels": {"team": "x"},
        }
    ).watch("mail-queue")
    assert watch.rule.type == watch.rule.title == "mail-queue"
    assert (watch.rule.for_ms, watch.rule.clear_for_ms, watch.rule.no_data) == (120_000, 60_000, "keep")
    assert watch.query == Query(
        ("depth",),
        "max",
        matchers=(Matcher("queue", "=", "mail"), Matcher("zone", "!~", "test.*")),
        by=("queue",),
    )
    assert watch.spans == (600_000,) and watch.labels == {"team": "x"}


def test_a_burn_rate_rule_has_the_recommended_windows() -> None:
    watch = rule_spec.parse({**SLO, "matchers": ["operation=payment"]}).watch("payment-slo")
    assert watch.rule.pairs == RECOMMENDED
    assert watch.query.metrics == ("operation_failures",) and watch.query.per == "operation_duration_ms"
    assert watch.query.budget == pytest.approx(0.001) and not watch.query.complement
    assert watch.spans == (300_000, 1_800_000, 3_600_000, 21_600_000, 259_200_000)


def test_a_burn_rate_rule_takes_what_is_good_as_well() -> None:
    watch = rule_spec.parse({**SLO, "good": "served", "total": "asked"}).watch("slo")
    assert watch.query.complement and watch.query.sources == ("served", "asked")


@pytest.mark.parametrize(
    "document", [DEPTH, SLO, {**DEPTH, "for": 90_000, "enabled": False, "critical": 500.0}]
)
def test_it_writes_what_it_reads_back_as_the_same(document: dict[str, Any]) -> None:
    spec = rule_spec.parse(document)
    assert rule_spec.parse(rule_spec.document(spec)) == rule_spec.parse(rule_spec.whole(spec)) == spec
    assert len(rule_spec.document(spec)) <= len(document)


@pytest.mark.parametrize(
    ("document", "pointers"),
    [
        ([], [""]),
        ({"kind": "spell"}, ["/kind"]),
        ({}, ["/metric", "/statistic"]),
        ({**DEPTH, "colour": 1}, ["/colour"]),
        ({**DEPTH, "statistic": "median"}, ["/statistic"]),
        ({**DEPTH, "warning": True}, ["/warning"]),
        ({**DEPTH, "warning": float("nan")}, ["/warning"]),
        ({**DEPTH, "window": "1s"}, ["/window"]),
        ({**DEPTH, "window": "soon", "for": -1}, ["/for", "/window"]),
        ({**DEPTH, "matchers": ["a=b", "queue"]}, ["/matchers/1"]),
        ({**DEPTH, "matchers": ["a=~(?=x)"]}, ["/matchers/0"]),
        ({**DEPTH, "by": ["type"]}, ["/by/0"]),
        ({**DEPTH, "by": ["a", "a"]}, ["/by"]),
        ({**DEPTH, "by": ["a"], "labels": {"a": "x"}}, ["/labels"]),
        ({**DEPTH, "warning": None}, ["/critical"]),
        ({**DEPTH, "critical": 50}, ["/critical"]),
        ({**DEPTH, "operator": "<", "critical": 200}, ["/critical"]),
        ({**DEPTH, "clear": 120}, ["/clear"]),
        ({**DEPTH, "statistic": "ratio"}, ["/per"]),
        ({**DEPTH, "per": "x"}, ["/per"]),
        ({**DEPTH, "statistic": "last", "window": "2h"}, ["/window"]),
        ({**DEPTH, "noData": "shout", "minSamples": -1}, ["/minSamples", "/noData"]),
        ({**SLO, "objective": 1}, ["/objective"]),
        ({**SLO, "good": "a", "bad": "b"}, ["/bad"]),
        ({**SLO, "total": "a"}, ["/bad"]),
        ({**SLO, "windows": [{"long": "5m", "short": "5m", "factor": 2, "severity": "critical"}]},
         ["/windows/0/short"]),
        ({**SLO, "windows": []}, ["/windows"]),
    ],
)  # fmt: skip
def test_it_says_which_field_is_wrong(document: Any, pointers: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        rule_spec.parse(document)
    assert sorted(pointer for pointer, _ in refused.value.errors) == pointers
    assert all(detail for _, detail in refused.value.errors)

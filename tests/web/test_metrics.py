from gamepilot_mon.models import Check
from gamepilot_mon.web.metrics import Family, Histogram, render
from tests.serving import Server


def test_it_writes_the_text_format() -> None:
    family = Family("x_total", "counter", "What x is.", [({"a": 'q"\\\n'}, 1.5), ({}, 2)])

    assert render(family) == (
        "# HELP gamepilot_mon_x_total What x is.\n"
        "# TYPE gamepilot_mon_x_total counter\n"
        'gamepilot_mon_x_total{a="q\\"\\\\\\n"} 1.5\n'
        "gamepilot_mon_x_total 2\n"
    )


def test_it_writes_a_histogram() -> None:
    delays = Histogram("d_seconds", "How late.", (0.1, 1.0))
    for value in (0.05, 0.1, 0.5, 7.0):
        delays.observe(value)

    assert render(delays.family()).splitlines()[1:] == [
        "# TYPE gamepilot_mon_d_seconds histogram",
        'gamepilot_mon_d_seconds_bucket{le="0.1"} 2',
        'gamepilot_mon_d_seconds_bucket{le="1"} 3',
        'gamepilot_mon_d_seconds_bucket{le="+Inf"} 4',
        "gamepilot_mon_d_seconds_sum 7.6500000000000004",
        "gamepilot_mon_d_seconds_count 4",
    ]


def test_it_shows_what_is_stored_and_what_was_received(served: Server) -> None:
    check = Check.create(
        name="shop", kind="http", spec={}, interval_ms=1, origin="user", created_at=0, state="down"
    )
    served.post("/api/v1/events", "ingest", json={"events": [{"kind": "deploy", "version": "1"}, {}]})

    answer = served.get("/metrics", "viewer")
    check.delete_instance()

    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert 'gamepilot_mon_check_up{check="shop"} 0\n' in answer.text
    assert 'gamepilot_mon_events_received_total{result="accepted"} ' in answer.text
    assert 'gamepilot_mon_build_info{version="' in answer.text

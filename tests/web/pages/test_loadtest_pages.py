"""/load-tests: reports of real runs that were kept, and files that are none."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from gamepilot_mon import loadtest_reports
from tests.loadtest.conftest import Ran, begin, load
from tests.serving import Server

__all__ = ["begin", "load"]


def page(server: Server, path: str) -> requests.Response:
    return server.get(path, "viewer", headers={"Accept": "text/html"})


def test_it_shows_a_run_that_was_kept(served: Server, load: Callable[..., Ran], tmp_path: Path) -> None:
    assert "No report is kept yet" in page(served, "/load-tests").text
    ran = load(served, "--stages", "5,10", "--mix", "websocket=1", "--save")
    assert ran.code == 0, ran.errors
    [kept] = tmp_path.glob("**/load-tests/*.json")
    report = ran.report
    report["target"]["url"] = "<script>alert(1)</script>"
    saved = loadtest_reports.save(served.state, report)
    assert saved.name == kept.name and saved.stat().st_mode & 0o777 == 0o600
    shown = page(served, "/load-tests").text
    assert "5, 10" in shown and f"/load-tests/{saved.stem}" in shown and "<script>alert" not in shown
    one = page(served, f"/load-tests/{saved.stem}").text
    assert one.count("<svg viewBox") >= 3 and "style=" not in one and "<script>alert" not in one
    assert report["capacity"]["sentence"].replace("<", "&lt;") in one


@pytest.mark.parametrize("text", ["", "[]", "{}", "not json", '{"startedAt": 1}', "\x00"])
def test_a_file_that_is_no_report_is_left_out(served: Server, text: str) -> None:
    folder = served.state / loadtest_reports.FOLDER
    folder.mkdir(exist_ok=True)
    path = folder / "20200101T000000Z.json"
    path.write_text(text)
    assert page(served, "/load-tests").status_code == 200
    assert page(served, "/load-tests/20200101T000000Z").status_code == 404
    path.unlink()


def test_a_report_of_another_version_is_listed_but_not_shown(served: Server) -> None:
    """What the list needs is there, and stages are counted otherwise."""
    folder = served.state / loadtest_reports.FOLDER
    folder.mkdir(exist_ok=True)
    path = folder / "20200102T000000Z.json"
    report = {
        "startedAt": "2020-01-02T00:00:00.000Z", "endedAt": "2020-01-02T00:01:00.000Z", "ended": "done",
        "intact": True, "target": {"url": "http://a"}, "capacity": {"sentence": "It carries many."},
        "machine": {"cores": 2, "system": "Linux"}, "plan": {"stages": [1]}, "stages": [{"people": 1}],
    }  # fmt: skip
    path.write_text(json.dumps(report))
    assert "It carries many." in page(served, "/load-tests").text
    assert page(served, "/load-tests/20200102T000000Z").status_code == 404
    path.unlink()


@pytest.mark.parametrize("name", ["%2e%2e%2fmon", "x", "20200101T000000Z.json"])
def test_only_names_of_reports_are_looked_for(served: Server, name: str) -> None:
    assert page(served, f"/load-tests/{name}").status_code in (404, 308)

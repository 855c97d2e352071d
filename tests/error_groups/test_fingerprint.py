import pytest

from gamepilot_mon.error_groups.fingerprint import identify
from gamepilot_mon.error_groups.message import normalised
from gamepilot_mon.error_groups.stack import clipped, top

from .reports import NODE

PYTHON = """Traceback (most recent call last):
  File "/opt/app/releases/20261124/api/views.py", line 88, in recommend
    return engine.rank(user)
  File "/opt/app/releases/20261124/api/engine.py", line 12, in rank
    row = session.execute(query)
  File "/opt/venv/lib/python3.11/site-packages/sqlalchemy/orm/session.py", line 2351, in execute
    return self._execute_internal(
sqlalchemy.exc.OperationalError: connection refused
"""


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("User 4711 not found", "User <n> not found"),
        ("User u_19af not found", "User u_<n>af not found"),
        ("no row 1f0c6ad2-6a27-4b4e-9b3a-0d2f7f6c9a11", "no row <uuid>"),
        ("object at 0x7f3a2b10", "object at <hex>"),
        ("commit deadbeef12 is gone", "commit <hex> is gone"),
        ("cannot open /srv/app/db.sqlite now", "cannot open <path> now"),
        (r"cannot open C:\Users\ann\x.txt", "cannot open <path>"),
        ("mail to ann.b+x@mail.example.com bounced", "mail to <email> bounced"),
        ("GET https://api.example.com/v1/x?id=3 failed", "GET <url> failed"),
        ('Unexpected token "abc" in JSON at position 17', "Unexpected token <text> in JSON at position <n>"),
        ("can't read 'score' of undefined", "can't read <text> of undefined"),
        ("job a8f3k2 died", "job <id> died"),
        ("  timeout   after 30s\n  at x", "timeout after <n>s"),
        ("10.0.0.7:5432 refused", "<n>.<n>.<n>.<n>:<n> refused"),
        ("connect ECONNREFUSED", "connect ECONNREFUSED"),
        ("and/or", "and/or"),
        ("", ""),
    ],
)
def test_it_strips_what_differs(message: str, expected: str) -> None:
    assert normalised(message) == expected


def test_it_reads_nodes_stack_without_lines_and_without_the_engine() -> None:
    assert top(NODE) == ("players/load.js loadPlayer", "dist/session.js Session.open")


def test_it_reads_pythons_stack_from_its_end_and_the_app_before_its_libraries() -> None:
    assert top(PYTHON) == ("api/engine.py rank", "api/views.py recommend")


def test_it_takes_the_libraries_when_nothing_is_of_the_app() -> None:
    stack = "Error: x\n    at read (/srv/node_modules/pg/lib/client.js:1:2)\n    at node:net:3:4\n"
    assert top(stack) == ("lib/client.js read", "node:net")


def test_it_sees_a_recursion_once() -> None:
    assert top("Error\n" + "    at walk (/app/src/tree.js:5:1)\n" * 30) == ("src/tree.js walk",)


@pytest.mark.parametrize("stack", [None, "", "nothing like a stack", "at", '  File "', "    at (((:1:1"])
def test_it_finds_no_frames_in_what_is_no_stack(stack: str | None) -> None:
    assert top(stack) == ()


@pytest.mark.parametrize(
    "hostile", ["a" * 64_000, "1a" * 32_000, "/a" * 32_000, "'" * 64_000, "x@" * 32_000, "at (" * 16_000]
)
def test_it_is_not_slowed_down_by_what_is_made_to(hostile: str) -> None:
    identify("login", hostile, hostile)
    identify("login", hostile, f'File "{hostile}')


def test_it_is_the_same_error_on_another_line_of_another_deployment() -> None:
    moved = NODE.replace(":41:13", ":57:9").replace("/srv/app", "/home/me/game")
    assert identify("login", "no user 1", NODE) == identify("login", "no user 22", moved)


@pytest.mark.parametrize(
    "other",
    [
        ("logout", "no user 1", NODE),
        ("login", "no game 1", NODE),
        ("login", "no user 1", NODE.replace("loadPlayer", "savePlayer")),
        ("login", "no user 1", None),
    ],
)
def test_it_is_another_error_elsewhere(other: tuple[str, str, str | None]) -> None:
    assert identify("login", "no user 1", NODE).fingerprint != identify(*other).fingerprint


def test_it_keeps_the_newest_frames_of_a_long_stack() -> None:
    assert (clipped(PYTHON, 20) or "") in PYTHON[-20:]
    assert (clipped(NODE, 20) or "") in NODE[:20]

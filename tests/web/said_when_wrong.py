"""What the code of forms and pages says is wrong, as the keys of a catalogue: a place for each value."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2] / "gamepilot_mon"
FORMS = (
    "rule_spec.py", "part.py", "mutes.py", "recurrence.py", "clock.py", "during.py", "own_checks.py",
    "auth/passwords.py", "channels/options.py", "channels/*/options.py", "runtime_config/*.py", "web/pages/*.py",
    "web/account.py", "web/csrf.py", "web/language.py", "web/maintenance.py", "web/policy.py", "web/sign_in.py",
    "web/two_factor.py",
)  # fmt: skip
SAYS = {"ValueError": 0, "_at": 1, "holding": 2, "Pointed": 1}  # which argument


def keys() -> set[str]:
    paths = (path for pattern in FORMS for path in ROOT.glob(pattern))
    calls = (
        node
        for path in paths
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
    )
    return {key for call in calls for node in _said(call) if (key := _key(node))}


def _said(call: ast.Call) -> Iterator[ast.expr]:
    place = SAYS.get(call.func.id) if isinstance(call.func, ast.Name) else None
    if place is not None:
        yield from call.args[place : place + 1]
    yield from (each.value for each in call.keywords if each.arg == "description" and _is_abort(call))
    if isinstance(call.func, ast.Name) and call.func.id == "Wrong":
        yield from (value for each in call.args if isinstance(each, ast.Dict) for value in each.values)


def _is_abort(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == "abort"


def _key(node: ast.expr) -> str:
    """ "" of what is no text written there."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_key(part) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return ""

import pytest

from gamepilot_mon.config_file.document import Wrong, read, write

TEXT = """\
config:
  cooldown: 2m
rules:
  a/b:
    by: [x, y]
    for:   5m
"""


def test_it_knows_where_everything_stands() -> None:
    document = read(TEXT)
    assert document.value == {"config": {"cooldown": "2m"}, "rules": {"a/b": {"by": ["x", "y"], "for": "5m"}}}
    assert document.problem("/config/cooldown", "is wrong") == "2:3: config.cooldown: is wrong"
    assert document.problem("/rules/a~1b/by/1", "is wrong") == "5:13: rules.a/b.by.1: is wrong"
    assert document.problem("/rules/a~1b/window", "is missing") == "4:3: rules.a/b.window: is missing"
    assert document.problem("", "is wrong") == "1:1: is wrong"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: [1\n", "2:1: expected ',' or ']', but got '<stream end>'"),
        ("a: 1\nb: 2\na: 3\n", "3:1: a: is there twice"),
        ("a:\n  b: 1\n  b: 2\n", "3:3: a.b: is there twice"),
        ("a: &x\n  b: *x\n", "1:4: a.b: holds itself"),
        ("a: 2026-01-01\n", "1:4: a: must be a text, a number, true, false or null"),
        ("a: !!python/name:os.system\n", "1:4: could not determine a constructor for the tag"),
        ("? [1, 2]\n: 3\n", "1:3: "),
        ("a: 1\n---\nb: 2\n", "2:1: but found another document"),
        ("b: 1\na: \x07\n", "2:4: a control character"),
        ("\t- a", "1:1: found character"),
    ],
)
def test_it_says_where_a_file_is_wrong(text: str, problem: str) -> None:
    with pytest.raises(Wrong) as wrong:
        read(text)
    assert wrong.value.problems[0].startswith(problem)


def test_it_reads_what_it_wrote() -> None:
    value = {"a": {"b": ["x: y", 1, 2.5, True, None, "ü", "5m", "yes"]}, "c": {}}
    assert read(write(value)).value == value
    assert read("").value is None

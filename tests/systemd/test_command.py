import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

COMMAND = Path(__file__).parents[2] / "systemd" / "command.py"


@pytest.fixture(scope="module")
def parse() -> Callable[[str], dict[str, str]]:
    found: Callable[[str], dict[str, str]] = runpy.run_path(str(COMMAND))["parse"]
    return found


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("NAME=", ""),
        ("NAME=one two", "one two"),
        ("  NAME = spaced  ", "spaced"),
        ("NAME=#alerts", "#alerts"),
        ("NAME=value # not a comment", "value # not a comment"),
        ("NAME=a=b", "a=b"),
        ("NAME=$HOME `id`", "$HOME `id`"),
        ("NAME='single \"quotes\" \\n'", 'single "quotes" \\n'),
        ('NAME="double \\"quotes\\" \\n \\$5"', 'double "quotes" \\n $5'),
        ("NAME=\"two\" 'parts' bare", "twopartsbare"),
        ("NAME=it's", "it's"),
        ("NAME=back\\\\slash", "back\\slash"),
        ("NAME=first \\\nsecond", "first second"),
        ('NAME="first\nsecond"', "first\nsecond"),
        ("NAME=old\nNAME=new", "new"),
    ],
)
def test_it_reads_a_setting_as_systemd_does(
    parse: Callable[[str], dict[str, str]], line: str, value: str
) -> None:
    assert parse(f"# before\n{line}\n; after\n") == {"NAME": value}


@pytest.mark.parametrize("line", ["# NAME=x", "; NAME=x", "NAME", "", "# NAME \\\nOTHER=x"])
def test_it_reads_nothing_from_a_comment(parse: Callable[[str], dict[str, str]], line: str) -> None:
    assert parse(line + "\n") == {}

"""What the pages are made of: vendored files are the ones recorded, and nothing comes from elsewhere."""

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
VENDOR = STATIC / "vendor"
RECORD = VENDOR / "vendor.json"

PACKAGES: list[dict[str, Any]] = json.loads(RECORD.read_text("utf-8"))["packages"]
FILES = [
    (f"{package['name']}@{package['version']}", file) for package in PACKAGES for file in package["files"]
]

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
OWN_SCRIPTS = sorted((STATIC / "js").glob("*.js"))
OWN_SHEETS = sorted((STATIC / "css").glob("*.css"))


def sha384(path: Path) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(path.read_bytes()).digest()).decode("ascii")


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize(
    ("folder", "file"), FILES, ids=lambda value: str(value) if isinstance(value, str) else value["path"]
)
def test_it_ships_the_recorded_bytes(folder: str, file: dict[str, str]) -> None:
    assert sha384(VENDOR / folder / file["path"]) == file["integrity"]


def test_it_records_every_vendored_file() -> None:
    present = {
        str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file() and path != RECORD
    }
    assert present == {f"{folder}/{file['path']}" for folder, file in FILES}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["name"])
def test_it_ships_the_licence_of_each_package(package: dict[str, str]) -> None:
    licence = VENDOR / f"{package['name']}@{package['version']}" / "LICENSE"
    assert package["license"] and licence.read_text("utf-8").strip()


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_it_has_no_inline_script_style_or_handler(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"<style\b|\sstyle\s*=|\son[a-z]+\s*=|javascript:", text, re.IGNORECASE)
    scripts = re.findall(r"<script\b([^>]*)>(.*?)</script>", text, re.DOTALL)
    assert all("src=" in attributes and not body.strip() for attributes, body in scripts)


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_it_loads_nothing_from_outside_in_a_template(path: Path) -> None:
    assert not re.search(
        r"""(?:src|href|action|poster|data)\s*=\s*["'](?:https?:)?//""", path.read_text("utf-8")
    )


@pytest.mark.parametrize("path", OWN_SHEETS, ids=relative)
def test_it_loads_nothing_from_outside_in_a_sheet(path: Path) -> None:
    assert not re.search(r"@import|url\(", path.read_text("utf-8"))


@pytest.mark.parametrize("path", OWN_SCRIPTS, ids=relative)
def test_it_imports_modules_that_exist(path: Path) -> None:
    text = path.read_text("utf-8")
    wanted = re.findall(r"""(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']""", text)
    assert all(target.startswith((".", "..")) and (path.parent / target).is_file() for target in wanted)


@pytest.mark.parametrize("path", OWN_SCRIPTS, ids=relative)
def test_it_never_reads_a_value_as_markup_or_code(path: Path) -> None:
    markup = r"innerHTML|outerHTML\s*=|insertAdjacentHTML|document\.write"
    code = r"\beval\(|new Function|setAttribute\([\"'](?:style|on)"
    assert not re.search(f"{markup}|{code}", path.read_text("utf-8"))


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_it_names_icons_that_the_sprite_holds(path: Path) -> None:
    sprite = (VENDOR / "lucide-static@1.62.0" / "sprite.svg").read_text("utf-8")
    named = re.findall(r"""\bicon\('([a-z0-9-]+)'""", path.read_text("utf-8"))
    assert all(f'id="{name}"' in sprite for name in named)


def test_it_holds_the_same_shapes_on_both_sides() -> None:
    """A state drawn by the server and one drawn by a script look alike, and the sprite has the shape."""
    server = dict(
        re.findall(r"'([a-z]+)': '([a-z0-9-]+)'", (ROOT / "templates/macros/badge.html").read_text("utf-8"))
    )
    script = dict(re.findall(r'([a-z]+): "([a-z0-9-]+)"', (STATIC / "js/badge.js").read_text("utf-8")))
    sprite = (VENDOR / "lucide-static@1.62.0" / "sprite.svg").read_text("utf-8")
    assert server == script
    assert all(f'id="{shape}"' in sprite for shape in server.values())

"""Where the text of each setting comes from: the environment, the .env file, or a file named by NAME_FILE."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dotenv.parser import parse_stream

Source = Literal["environment", ".env", "file", "default"]

PREFIX = "GAMEPILOT_MON_"
LONGEST_SECRET = 65_536


@dataclass(frozen=True, slots=True)
class Variable:
    name: str
    may_be_file: bool

    @property
    def file_name(self) -> str:
        return f"{self.name}_FILE"


@dataclass(frozen=True, slots=True)
class Layer:
    """Variables from one source; those set to nothing count as unset."""

    source: Source
    texts: Mapping[str, str]

    def get(self, name: str) -> str | None:
        return self.texts.get(name) or None


@dataclass(slots=True)
class Found:
    """What was read: text and source by name, and the names whose text could not be had."""

    texts: dict[str, str] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)

    def fail(self, variable: Variable, problem: str) -> None:
        self.unreadable.add(variable.name)
        self.problems.append(problem)


def find(variables: list[Variable], environ: Mapping[str, str], dotenv: Path | None) -> Found:
    found = Found()
    written = read_dotenv(dotenv, found.problems) if dotenv else {}
    layers = [Layer("environment", environ), Layer(".env", written)]
    found.problems.extend(unknown_names(variables, [*environ, *written]))
    for variable in variables:
        _find_one(variable, layers, found)
    return found


def _find_one(variable: Variable, layers: list[Layer], found: Found) -> None:
    for layer in layers:
        text = layer.get(variable.name)
        path = layer.get(variable.file_name) if variable.may_be_file else None
        if text is not None and path is not None:
            found.fail(
                variable, f"{variable.name}: is set together with {variable.file_name}; set one of them"
            )
        elif path is not None:
            _read_file(variable, Path(path), found)
        elif text is not None and not _is_unicode(text):
            found.fail(variable, f"{variable.name}: must be UTF-8 text")
        elif text is not None:
            found.texts[variable.name], found.sources[variable.name] = text, layer.source
        else:
            continue
        return


def _is_unicode(text: str) -> bool:
    """False when the environment held other bytes, which Python keeps as lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _read_file(variable: Variable, path: Path, found: Found) -> None:
    try:
        found.texts[variable.name] = _secret_in(path)
        found.sources[variable.name] = "file"
    except ValueError as problem:
        found.fail(variable, f"{variable.file_name}: {problem}")


def _secret_in(path: Path) -> str:
    """The file's text without its last line break; ValueError with a reason that keeps path and text out.

    The path is kept out because people put the secret itself there by mistake.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            text = file.read(LONGEST_SECRET + 1)
    except UnicodeDecodeError:
        raise ValueError("the file must be UTF-8 text") from None
    except OSError as error:
        raise ValueError(f"{_cannot_read(error)}; name a readable file") from None
    except ValueError:
        raise ValueError("must be the path of a readable file") from None
    if len(text) > LONGEST_SECRET:
        raise ValueError("the file must hold the value alone, at most 64 KiB")
    secret = text.removesuffix("\n").removesuffix("\r")
    if not secret:
        raise ValueError("the file is empty; it must hold the value")
    return secret


def read_dotenv(path: Path, problems: list[str]) -> dict[str, str]:
    """NAME=value lines; `$` stands for itself, since passwords contain it. No file is an empty one."""
    texts: dict[str, str] = {}
    try:
        with path.open(encoding="utf-8-sig") as file:
            for binding in parse_stream(file):
                if binding.error:
                    problems.append(f"{path.name}: line {binding.original.line} must read NAME=value")
                elif binding.key is not None:
                    texts[binding.key] = binding.value or ""
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError:
        problems.append(f"{path.name}: must be UTF-8 text")
    except OSError as error:
        problems.append(f"{path.name}: {_cannot_read(error)}; make it readable or remove it")
    return texts


def _cannot_read(error: OSError) -> str:
    return f"cannot be read ({error.strerror})"


def unknown_names(variables: list[Variable], names: list[str]) -> Iterator[str]:
    """One problem for each of our names that is none: a typo would otherwise leave a default in force."""
    known = {variable.name for variable in variables}
    known |= {variable.file_name for variable in variables if variable.may_be_file}
    for name in dict.fromkeys(names):
        if name.upper().startswith(PREFIX) and name not in known:
            yield f"{name if name.isprintable() else ascii(name)}: {_advice(name, known)}"


def _advice(name: str, known: set[str]) -> str:
    if name.upper() in known:
        return f"names are in capitals; write {name.upper()}"
    if name.removesuffix("_FILE") in known:
        return f"only a secret may be given as a file; set {name.removesuffix('_FILE')} itself"
    # Compared without the prefix, which would make every pair of names look alike.
    by_rest = {candidate.removeprefix(PREFIX): candidate for candidate in sorted(known)}
    close = difflib.get_close_matches(name.upper().removeprefix(PREFIX), by_rest, n=1)
    return f"is not a setting; did you mean {by_rest[close[0]]}?" if close else "is not a setting; remove it"

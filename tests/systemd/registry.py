"""How pip on this machine reaches its packages, for a pip in a container that shares the network."""

import ast
import os
import subprocess
import sys
from pathlib import Path

# Where packages come from and whom to trust; not where they go to.
OPTIONS = (
    "cert",
    "client-cert",
    "constraint",
    "extra-index-url",
    "find-links",
    "index-url",
    "no-index",
    "proxy",
    "retries",
    "timeout",
    "trusted-host",
)
VARIABLES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy", "ssl_cert_file", "requests_ca_bundle")


def environment() -> dict[str, str]:
    """The settings of pip's files and environment, all as environment variables."""
    general = {name: value for name, value in os.environ.items() if name.lower() in VARIABLES}
    return general | {
        f"PIP_{option.upper().replace('-', '_')}": value for option, value in pip_options().items()
    }


def pip_options() -> dict[str, str]:
    command = [sys.executable, "-m", "pip", "config", "list"]
    listing = subprocess.run(command, check=True, timeout=60, text=True, stdout=subprocess.PIPE).stdout
    pairs = (
        line.split("=", 1) for line in sorted(listing.splitlines(), key=is_from_environment) if "=" in line
    )
    options = {name.rpartition(".")[2]: str(ast.literal_eval(value)) for name, value in pairs}
    return {name: " ".join(value.split()) for name, value in options.items() if name in OPTIONS}


def is_from_environment(line: str) -> bool:
    # pip lets the environment win over files, so it comes last.
    return line.startswith(":env:")


def paths(settings: dict[str, str]) -> list[Path]:
    """The files and folders that these settings name: a certificate, a folder of wheels."""
    words = {word for value in settings.values() for word in value.split()}
    named = {folder_of_index(word) if word.startswith("file://") else Path(word) for word in words}
    return sorted(path for path in named if path.is_absolute() and path.exists())


def folder_of_index(url: str) -> Path:
    # An index on disk is a folder "simple" whose pages link to files beside it.
    path = Path(url.removeprefix("file://"))
    return path.parent if path.name == "simple" else path

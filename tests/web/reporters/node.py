"""Node's packages that report by OTLP and to Sentry, kept in the user's cache between runs."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
EDITION = "1"  # rises with the versions below
PACKAGES = (
    "@sentry/node@11.12.0",
    "express@5.3.0",
    "@opentelemetry/api@1.9.1",
    "@opentelemetry/resources@2.12.0",
    "@opentelemetry/sdk-trace-node@2.12.0",
    "@opentelemetry/sdk-metrics@2.12.1",
    "@opentelemetry/exporter-trace-otlp-proto@0.223.1",
    "@opentelemetry/exporter-trace-otlp-http@0.223.1",
    "@opentelemetry/exporter-metrics-otlp-proto@0.223.0",
    "@opentelemetry/exporter-metrics-otlp-http@0.223.0",
    "@opentelemetry/instrumentation@0.223.0",
    "@opentelemetry/instrumentation-http@0.223.0",
    "@opentelemetry/instrumentation-express@0.71.1",
)


def installed() -> Path:
    """Where the packages are. Without node there is nothing to test with: a skip, but a failure under CI."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    folder = cache / f"gamepilot-mon-reporters-{EDITION}"
    done = folder / "installed"
    if done.is_file():
        return folder
    if shutil.which("npm") is None or shutil.which("node") is None:
        _give_up("node and npm are not installed")
    folder.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--no-save", "--no-audit", "--no-fund", *PACKAGES]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    if ran.returncode:
        _give_up(f"the packages cannot be installed: {ran.stderr[-300:]}")
    done.touch()
    return folder


def run(script: str, *arguments: str, **environment: str) -> str:
    """What the script says once it has sent everything."""
    done = subprocess.run(
        ["node", str(HERE / script), *arguments], env={**os.environ, **environment},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def _give_up(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)

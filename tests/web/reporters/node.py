"""Node's packages that report by OTLP and to Sentry, kept in the user's cache between runs."""

import os
import subprocess
from pathlib import Path

from tests import npm

HERE = Path(__file__).parent
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
    return npm.installed(*PACKAGES)


def run(script: str, *arguments: str, **environment: str) -> str:
    """What the script says once it has sent everything."""
    done = subprocess.run(
        ["node", str(HERE / script), *arguments], env={**os.environ, **environment},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout

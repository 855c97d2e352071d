"""The API does what its own document says, asked by schemathesis with what the document allows and forbids."""

import os
import subprocess
import sys
from pathlib import Path

from tests.serving import Server

EXAMPLES = os.environ.get("EXAMPLES", "3")  # for each operation, beside those that cover each limit once
CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_schema_conformance", "response_headers_conformance", "use_after_free",
)  # fmt: skip
# The one answers 503 by design while no daemon runs; of the other schemathesis cannot write the format.
EXCLUDED = "^/readyz$|envelope"


def test_no_request_is_answered_by_a_fault_or_in_an_undocumented_way(tmp_path: Path) -> None:
    server = Server(tmp_path / "server").start()
    try:
        done = subprocess.run(
            (
                str(Path(sys.executable).parent / "schemathesis"), "run", f"{server.url}/api/openapi.json",
                "-H", f"Authorization: Bearer {server.tokens['admin']}",
                "--max-examples", EXAMPLES, "--phases", "examples,coverage,fuzzing",
                "--checks", ",".join(CHECKS), "--exclude-path-regex", EXCLUDED,
                "--generation-database", "none", "--seed", "1", "--request-timeout", "20",
            ),
            capture_output=True, text=True, cwd=tmp_path, timeout=3_600,
        )  # fmt: skip
        log = server.log.read_text()
    finally:
        server.stop()

    assert done.returncode == 0, done.stdout
    assert "Traceback" not in log

"""A real PostgreSQL server of Debian's package, started by the tests in a temporary folder."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import trustme

from tests.processes import eventually, free_port

PASSWORD = "pass-w0rd/of+the reader"
QUOTED_PASSWORD = "pass-w0rd%2Fof%2Bthe%20reader"
DATABASE = "game_pilot"


@dataclass(frozen=True, slots=True)
class Server:
    folder: Path
    port: int

    def url(self, database: str, user: str = "postgres") -> str:
        """Through the socket, without a password."""
        return f"postgresql:///{database}?host={self.folder}&port={self.port}&user={user}"

    def empty_database(self) -> str:
        """The one database for tests, emptied; returns its name."""
        with psycopg.connect(self.url(DATABASE), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connection.execute("DROP SCHEMA IF EXISTS public, other CASCADE")
            connection.execute("CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC")
        return DATABASE

    @property
    def authority(self) -> str:
        """The certificate to verify the server's by."""
        return str(self.folder / "ca.pem")


@contextmanager
def running() -> Iterator[Server]:
    """A server with TLS on the loopback network; skips where there is no PostgreSQL."""
    binaries = _binaries()
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="gamepilot-mon-pg-", dir="/tmp"))
    try:
        shutil.chown(folder, user)
        server = Server(folder, free_port())
        _run(user, binaries / "initdb", "-D", folder / "data", "-U", "postgres", "-E", "UTF8", "--no-locale",
             "--auth=trust", "--no-sync", "--no-instructions")  # fmt: skip
        _configure(server, user)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [binaries / "postgres", "-D", folder / "data", "-F"],
                user=user,
                stdout=log,
                stderr=log,
                cwd=folder,
            )
        try:
            eventually(lambda: _answers(server), within_s=30, what="PostgreSQL answers")
            with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
                connection.execute(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'")
                connection.execute(f"CREATE DATABASE {DATABASE}")
            yield server
        finally:
            process.send_signal(signal.SIGQUIT)  # at once: nobody needs what is in it
            process.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _configure(server: Server, user: str | None) -> None:
    data = server.folder / "data"
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    authority.cert_pem.write_to_path(server.authority)
    Path(server.authority).chmod(0o644)
    certificate.private_key_pem.write_to_path(str(data / "server.key"))
    certificate.cert_chain_pems[0].write_to_path(str(data / "server.crt"))
    for name in ("server.key", "server.crt"):
        (data / name).chmod(0o600)
        shutil.chown(data / name, user)
    with (data / "postgresql.conf").open("a") as file:
        file.write(
            f"port = {server.port}\nlisten_addresses = 'localhost'\nunix_socket_directories = '{server.folder}'\n"
            "ssl = on\nshared_buffers = 32MB\nmax_connections = 40\n"
        )
    (data / "pg_hba.conf").write_text("local all all trust\nhost all all localhost scram-sha-256\n")


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    path = found[-1] if found else shutil.which("initdb")
    if path is None:
        message = "Debian's postgresql is not installed (make test installs it where it may)"
        assert os.environ.get("CI") != "true", message
        pytest.skip(message)
    return Path(path).parent


def _user() -> str | None:
    """Who runs the server, which refuses root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _run(user: str | None, *command: Any) -> None:
    subprocess.run([str(part) for part in command], user=user, cwd="/", check=True, capture_output=True)


def _answers(server: Server) -> bool:
    try:
        psycopg.connect(server.url("postgres"), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True

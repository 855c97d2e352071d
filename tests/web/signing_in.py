"""A browser without scripts: a cookie jar that fills in the forms of the pages."""

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from gamepilot_mon import db
from gamepilot_mon.auth import passwords, sign_in_links, users
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import User
from tests.serving import Server

PASSWORD = "four unrelated plain words"
HASHED = passwords.hash_of(PASSWORD)


class From(HTTPAdapter):
    """Connects from `address`, one of this machine's."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, source_address=(self.address, 0), **options)


class Browser:
    """Each has an address of its own, as visitors do: wrong tries of one slow no other down."""

    _numbers = itertools.count(1)

    def __init__(self, server: Server) -> None:
        number = next(self._numbers)
        self.address = f"127.1.{number // 250}.{number % 250 + 1}"
        self.url = server.url
        self.session = requests.Session()
        self.session.mount("http://", From(self.address))

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *exc: object) -> None:
        self.session.close()

    def get(self, path: str) -> requests.Response:
        return self.session.get(
            self.url + path, headers={"Accept": "text/html"}, allow_redirects=False, timeout=15
        )

    def post(self, path: str, /, **fields: Any) -> requests.Response:
        return self.session.post(
            self.url + path, fields, headers={"Accept": "text/html"}, allow_redirects=False, timeout=15
        )

    def submit(self, page: str, action: str = "", /, **fields: Any) -> requests.Response:
        """Post the fields to `action` (the page itself when left out), with the token that the page carries."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page).text)
        assert token, page
        return self.post(action or page, csrf_token=token[1], **fields)

    def sign_in(self, name: str, password: str = PASSWORD) -> requests.Response:
        return self.submit("/sign-in", username=name, password=password)


@contextmanager
def signed_in(server: Server, name: str) -> Iterator[Browser]:
    with Browser(server) as browser:
        assert browser.sign_in(name).status_code == 303
        yield browser


def add_user(name: str, role: str = "viewer") -> User:
    with db.write():
        return users.add(name, role, utcnow(), password_hash=HASHED)


def console_link() -> str:
    with db.write():
        return "/sign-in/link/" + sign_in_links.create(utcnow())

"""A browser without scripts: a cookie jar that fills in the forms of the pages."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from gamepilot_mon import db
from gamepilot_mon.auth import passwords, sign_in_links, users
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import User
from tests.serving import Server

PASSWORD = "four unrelated plain words"
HASHED = passwords.hash_of(PASSWORD)


class Browser:
    def __init__(self, server: Server) -> None:
        self.url = server.url
        self.session = requests.Session()

    def get(self, path: str) -> requests.Response:
        return self.session.get(
            self.url + path, headers={"Accept": "text/html"}, allow_redirects=False, timeout=15
        )

    def submit(self, page: str, action: str = "", **fields: str) -> requests.Response:
        """Post the fields to `action` (the page itself when left out), with the token that the page carries."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page).text)
        assert token, page
        return self.session.post(
            self.url + (action or page), {"csrf_token": token[1], **fields},
            headers={"Accept": "text/html"}, allow_redirects=False, timeout=15,
        )  # fmt: skip

    def sign_in(self, name: str, password: str = PASSWORD) -> requests.Response:
        return self.submit("/sign-in", username=name, password=password)


@contextmanager
def visiting(server: Server) -> Iterator[Browser]:
    browser = Browser(server)
    try:
        yield browser
    finally:
        browser.session.close()


@contextmanager
def signed_in(server: Server, name: str) -> Iterator[Browser]:
    with visiting(server) as browser:
        assert browser.sign_in(name).status_code == 303
        yield browser


def add_user(name: str, role: str = "viewer") -> User:
    with db.write():
        return users.add(name, role, utcnow(), password_hash=HASHED)


def console_link() -> str:
    with db.write():
        return "/sign-in/link/" + sign_in_links.create(utcnow())

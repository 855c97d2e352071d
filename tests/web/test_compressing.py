"""Answers over the wire: compressed for who takes it, the same bytes once inflated."""

import gzip

import pytest
import requests

from gamepilot_mon.web.compressing import gzipped
from tests.serving import Server

SHEET = "/static/css/page.css"
VENDORED = "/static/vendor/lucide-static@1.62.0/sprite.svg"


def raw(server: Server, path: str, encoding: str = "gzip", **headers: str) -> requests.Response:
    asked = {"Accept-Encoding": encoding, "Accept": "text/html", **headers}
    answer = server.get(path, "viewer", headers=asked, stream=True)
    answer.raw.decode_content = False
    return answer


@pytest.mark.parametrize("name", [b"", b"---"], ids=["bare", "named"])
def test_it_makes_a_gzip_member(name: bytes) -> None:
    assert gzip.decompress(gzipped(b"the shelf is empty " * 50, 5, name)) == b"the shelf is empty " * 50


@pytest.mark.parametrize("path", [SHEET, VENDORED, "/static/js/feed.js", "/", "/api/openapi.json"])
def test_it_is_compressed_for_who_takes_it(server: Server, path: str) -> None:
    small, whole = raw(server, path), raw(server, path, "identity")
    assert small.headers["Content-Encoding"] == "gzip" and "Content-Encoding" not in whole.headers
    assert "Accept-Encoding" in small.headers["Vary"] and "Accept-Encoding" in whole.headers["Vary"]
    body = small.raw.read()
    assert int(small.headers["Content-Length"]) == len(body) < len(gzip.decompress(body)) / 2


@pytest.mark.parametrize("path", [SHEET, VENDORED, "/static/js/feed.js"])
def test_a_file_is_the_same_once_inflated(server: Server, path: str) -> None:
    whole = raw(server, path, "identity").raw.read()
    for _ in range(2):  # compressed, then kept
        assert gzip.decompress(raw(server, path).raw.read()) == whole


def test_a_browser_that_has_the_file_gets_no_body(server: Server) -> None:
    tag = raw(server, SHEET).headers["ETag"]
    assert tag.startswith('W/"')
    assert raw(server, SHEET, **{"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("encoding", ["identity", "br", "gzip;q=0", ""])
def test_it_is_left_alone_for_who_takes_no_gzip(server: Server, encoding: str) -> None:
    assert "Content-Encoding" not in raw(server, SHEET, encoding).headers


def test_a_part_of_a_file_is_left_alone(server: Server) -> None:
    answer = raw(server, SHEET, Range="bytes=0-99")
    assert answer.status_code in (200, 206)
    assert answer.status_code == 200 or "Content-Encoding" not in answer.headers


def test_the_length_of_a_page_does_not_tell_what_is_in_it(server: Server) -> None:
    lengths = {raw(server, "/api/docs").headers["Content-Length"] for _ in range(20)}
    assert len(lengths) > 1


def test_a_short_answer_is_left_alone(server: Server) -> None:
    assert "Content-Encoding" not in raw(server, "/healthz").headers

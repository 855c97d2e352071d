"""Whether a browser page of some origin may open a live connection with its visitor's cookie."""

from collections.abc import Collection
from urllib.parse import urlsplit

FOREIGN = "This origin may not open live connections."
MISSING = "A browser says in Origin where it comes from; a program sends a bearer token instead of a cookie."


def refusal(
    origin: str | None, host: str, *, secure: bool, allowed: Collection[str], trusted_without: bool
) -> str | None:
    """Why not, or None. `secure`: this page is served by https. `trusted_without`: a request without Origin
    is fine, since it carries a bearer token or the browser vouches for it in another way."""
    if origin is None:
        return None if trusted_without else MISSING
    if _is_own(origin, host, secure) or normal(origin) in map(normal, allowed):
        return None
    return FOREIGN


def normal(origin: str) -> str:
    """`https://Mon.example/base/` -> `https://mon.example`, as browsers write it; "" of what is no address."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}".lower()


def vouched(fetch_site: str | None, accept: str) -> bool:
    """Whether a GET without Origin comes from a page of ours, or from no page at all.

    Browsers leave Origin out of a same-origin GET, and an EventSource is one. Sec-Fetch-Site says so where
    it is sent (https and localhost); elsewhere only an EventSource or fetch() asks for an event stream, and
    from a foreign page both of them do send Origin.
    """
    if fetch_site is not None:
        return fetch_site in ("same-origin", "none")
    return "text/event-stream" in accept


def _is_own(origin: str, host: str, secure: bool) -> bool:
    parts = urlsplit(normal(origin))
    if parts.scheme not in ({"https"} if secure else {"http", "https"}):
        return False
    return bool(host) and parts.netloc.lower() == host.lower()

"""How the text of a setting becomes a URL, a host, a mail address or a network.

Messages never repeat the text: a URL may carry a password, and so may a URL in the wrong place.
"""

import re
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, SecretStr

from gamepilot_mon.settings.values import each, from_text, items

Network = IPv4Network | IPv6Network

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
_MAILBOX = re.compile(r"(?=.{1,64}\Z)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_BIND = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<host>[^:\[\]]+)):(?P<port>[0-9]{1,5})")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_IN_MEMORY = {"", ":memory:"}


def http_url(text: str) -> str:
    _web_parts(text)
    return text


def secret_http_url(secret: SecretStr) -> SecretStr:
    _web_parts(secret.get_secret_value())
    return secret


def base_url(text: str) -> str:
    """A URL that paths are appended to, without its trailing slash."""
    parts = _web_parts(text)
    _refuse_stray_at(parts)
    if parts.query or parts.fragment:
        raise ValueError("must be a base address, without ? or #")
    return text.rstrip("/")


def public_url(text: str) -> str:
    url = base_url(text)
    if "@" in urlsplit(url).netloc:
        raise ValueError("must not contain a user name or password, since everyone sees it")
    return url


def origin(text: str) -> str:
    """`https://app.example`, as browsers send it: lower case, no default port."""
    parts = _web_parts(text)
    if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("must be an origin such as https://app.example, without a path")
    port = parts.port
    default = port is None or port == _DEFAULT_PORTS[parts.scheme]
    host = parts.netloc.lower() if port is None else parts.netloc.lower().rpartition(":")[0]
    return f"{parts.scheme}://{host.rstrip(':')}" + ("" if default else f":{port}")


def database_url(text: str) -> str:
    parts = _split(text)
    if parts.scheme == "sqlite":
        _check_sqlite(parts)
    elif parts.scheme == "postgresql":
        _check_postgresql(parts)
    else:
        raise ValueError("must begin with sqlite:/// or postgresql://")
    return text


def store_url(text: str) -> str:
    _check_sqlite(_split(text))
    if not text.startswith("sqlite:///"):
        raise ValueError("must begin with sqlite:///")
    return text


def _check_sqlite(parts: SplitResult) -> None:
    if parts.netloc:
        raise ValueError(
            "needs three slashes before a relative path (sqlite:///a.db), four before an absolute one"
        )
    if parts.path.removeprefix("/") in _IN_MEMORY:
        raise ValueError("must name a file, since several processes share it")


def _check_postgresql(parts: SplitResult) -> None:
    _refuse_stray_at(parts)
    if not parts.path.strip("/"):
        raise ValueError("must name a database, as in postgresql://host/name")


def sqlite_path(url: str) -> str | None:
    """`var/a.db` of `sqlite:///var/a.db`; None for another kind of database."""
    parts = urlsplit(url)
    return parts.path[1:] if parts.scheme == "sqlite" else None


def host(text: str) -> str:
    """A host name or an IP address; brackets around IPv6 are dropped."""
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if not (_HOST_NAME.fullmatch(bare) or _is_ip(bare)):
        raise ValueError("must be a host name or IP address alone, without scheme or port")
    return bare


def mail_address(text: str) -> str:
    mailbox, _, domain = text.rpartition("@")
    if not (_MAILBOX.fullmatch(mailbox) and _HOST_NAME.fullmatch(domain)):
        raise ValueError("must be a bare mail address such as alerts@example.org")
    return text


def bind(text: str) -> str:
    """`host:port`, IPv6 in brackets."""
    match = _BIND.fullmatch(text)
    if match is None or not _bindable(match):
        raise ValueError("must be host:port such as 127.0.0.1:3001, 0.0.0.0:3001 or [::1]:3001")
    if not 1 <= int(match["port"]) <= 65_535:
        raise ValueError("must have a port from 1 to 65535")
    return text


def bind_parts(text: str) -> tuple[str, int]:
    name, _, port = text.rpartition(":")
    return name.strip("[]"), int(port)


def _bindable(match: re.Match[str]) -> bool:
    if match["v6"] is not None:
        return _is_ip(match["v6"]) and isinstance(ip_address(match["v6"]), IPv6Address)
    return _HOST_NAME.fullmatch(match["host"]) is not None


def networks(text: str) -> tuple[Network, ...]:
    return tuple(_network(position, item) for position, item in enumerate(items(text), start=1))


def _network(position: int, text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError:
        pass
    try:
        whole_network = ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"item {position} must be an address or network such as 10.0.0.0/8") from None
    raise ValueError(f"item {position} has bits set behind the prefix; write {whole_network}")


def is_loopback(name: str) -> bool:
    lowered = name.lower().rstrip(".")
    if lowered == "localhost" or lowered.endswith(".localhost"):
        return True
    return _is_ip(name) and ip_address(name).is_loopback


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _web_parts(text: str) -> SplitResult:
    parts = _split(text)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError("must be a URL that begins with http:// or https:// and names a host")
    return parts


def _split(text: str) -> SplitResult:
    # urlsplit drops line breaks silently and repeats the URL in its own errors.
    if not text.isprintable() or " " in text or "\\" in text:
        raise ValueError("must be a URL without blanks, backslashes or control characters")
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise ValueError("must be a well-formed URL with a port from 0 to 65535, if any") from None
    return parts


def _refuse_stray_at(parts: SplitResult) -> None:
    """An unescaped / ? or # in a password would move its rest into the path, where nothing hides it."""
    if "@" in f"{parts.path}{parts.query}{parts.fragment}":
        raise ValueError("has @ behind the host; write / ? # @ in a password as %2F %3F %23 %40")


BaseUrl = Annotated[str, AfterValidator(base_url)]
PublicUrl = Annotated[str, AfterValidator(public_url)]
SecretUrl = Annotated[SecretStr, AfterValidator(secret_http_url)]
DatabaseUrl = Annotated[str, AfterValidator(database_url)]
StoreUrl = Annotated[str, AfterValidator(store_url)]
Origins = Annotated[tuple[str, ...], from_text(items), each(origin)]
Host = Annotated[str, AfterValidator(host)]
MailAddress = Annotated[str, AfterValidator(mail_address)]
MailAddresses = Annotated[tuple[str, ...], from_text(items), each(mail_address)]
Bind = Annotated[str, AfterValidator(bind)]
Networks = Annotated[tuple[Network, ...], from_text(networks)]

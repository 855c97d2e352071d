"""How a setting is written back: as text that reads back as the same value, or as text that is safe."""

import re
from urllib.parse import urlsplit

from pydantic import SecretStr

from gamepilot_mon import clock

MASK = "***"
_SECRET_PARAMETER = re.compile(r"((?:^|&)[^=&]*(?:pass|secret|token|key)[^=&]*=)[^&]*", re.IGNORECASE)


def written(attribute: str, value: object) -> str:
    """The text that would set the value; secrets in clear, empty for a setting without value."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case SecretStr():
            return value.get_secret_value()
        case tuple():
            return ",".join(str(item) for item in value)
        case int() if attribute.endswith("_ms"):
            return clock.format_duration(value)
        case float():
            return repr(value).removesuffix(".0")
        case _:
            return str(value)


def shown(attribute: str, value: object, *, secret: bool) -> str:
    """The same, with secrets and the credentials inside URLs masked."""
    if value is None:
        return ""
    if secret or isinstance(value, SecretStr):
        return MASK
    return without_credentials(written(attribute, value))


def without_credentials(text: str) -> str:
    """`postgresql://***@host/db?password=***` of a URL that carries a login; other text as it is."""
    if "://" not in text:
        return text
    parts = urlsplit(text)
    _, at, host = parts.netloc.rpartition("@")
    login = f"{MASK}@" if at else ""
    query = _SECRET_PARAMETER.sub(rf"\1{MASK}", parts.query)
    # urlunsplit would drop the empty host of postgresql:///name.
    return f"{parts.scheme}://{login}{host}{parts.path}" + (f"?{query}" if query else "")

"""Identity: the fingerprint, by which two alerts are the same one. Pure."""

import hashlib
from collections.abc import Mapping

import msgspec


def fingerprint(type_: str, labels: Mapping[str, str]) -> str:
    """16 hex digits over the type and the sorted labels of an alert."""
    text = msgspec.json.encode([type_, sorted(labels.items())])
    return hashlib.sha256(text).hexdigest()[:16]

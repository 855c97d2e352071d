"""The mark that ties a field to its name in the environment and to its documentation."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """The outside of a field. `secret` hides the value; `may_be_file` accepts NAME_FILE."""

    name: str
    meaning: str
    secret: bool = False
    may_be_file: bool = False

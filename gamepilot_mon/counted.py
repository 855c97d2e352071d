"""Counted: a number with the word for it, in English: 1 alert, 2 alerts; once, 3 times. Pure."""


def counted(count: int, one: str, many: str | None = None) -> str:
    """`many` is `one` with an s unless it is given."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"

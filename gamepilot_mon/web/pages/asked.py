"""What the address of a page asks for: a member that makes no sense counts as not given."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

AskedT = TypeVar("AskedT", bound=BaseModel)


def asked(model: type[AskedT], given: Mapping[str, str]) -> AskedT:
    known = {name: text for name, text in given.items() if name in model.model_fields}
    try:
        return model.model_validate(known)
    except ValidationError as error:
        wrong = {each["loc"][0] for each in error.errors(include_url=False)}
        return model.model_validate({name: text for name, text in known.items() if name not in wrong})

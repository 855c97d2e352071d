from typing import Any

import pytest

from gamepilot_mon import channels
from gamepilot_mon.channels import options_of
from gamepilot_mon.channels.options import Options
from gamepilot_mon.web.pages import channel_form
from gamepilot_mon.web.pages.channel_form import Input, Refused

KINDS = sorted(channels.installed())
EMAIL = {
    "smtpHost": "mail.example", "smtpPort": 587, "smtpSecure": False, "smtpUser": None, "smtpPass": "secret!",
    "from": "a@b.example", "to": ["x@b.example", "y@b.example"],
}  # fmt: skip


def model(kind: str) -> type[Options]:
    return options_of(channels.installed()[kind])


def by_member(kind: str, document: dict[str, Any]) -> dict[str, Input]:
    return {each.member: each for each in channel_form.inputs(model(kind), document)}


@pytest.mark.parametrize("kind", KINDS)
def test_it_has_an_input_for_each_member_of_every_kind(kind: str) -> None:
    members = {field.alias or name for name, field in model(kind).model_fields.items()}
    assert set(by_member(kind, {})) == members - channel_form.BESIDE


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_typed_changes_nothing(kind: str) -> None:
    shown = channel_form.inputs(model(kind), {})
    assert channel_form.change(shown, {each.member: each.value for each in shown}) == {}


def test_it_shows_values_and_never_a_secret() -> None:
    shown = by_member("email", EMAIL)
    assert shown["to"] == Input("to", "list", "x@b.example\ny@b.example")
    assert shown["smtpPort"] == Input("smtpPort", "number", "587")
    assert shown["smtpSecure"] == Input("smtpSecure", "yes", "no")
    assert shown["smtpPass"] == Input("smtpPass", "secret", is_set=True)
    assert "secret!" not in repr(shown)


@pytest.mark.parametrize(
    ("typed", "changed"),
    [
        ({"smtpHost": "other.example"}, {"smtpHost": "other.example"}),
        ({"smtpHost": ""}, {"smtpHost": None}),
        ({"smtpHost": "  mail.example "}, {}),
        ({"smtpPort": "465"}, {"smtpPort": 465}),
        ({"smtpSecure": "yes"}, {"smtpSecure": True}),
        ({"to": "z@b.example, y@b.example\r\n"}, {"to": ["z@b.example", "y@b.example"]}),
        ({"to": "x@b.example\r\ny@b.example"}, {}),
        ({"smtpPass": ""}, {}),
        ({"smtpPass": "new"}, {"smtpPass": "new"}),
        ({"unknown": "x"}, {}),
    ],
    ids=[
        "text",
        "emptied",
        "spaces",
        "number",
        "yes",
        "list",
        "same list",
        "kept secret",
        "new secret",
        "unknown",
    ],
)
def test_only_what_differs_is_a_change(typed: dict[str, str], changed: dict[str, Any]) -> None:
    assert channel_form.change(channel_form.inputs(model("email"), EMAIL), typed) == changed


def test_a_number_that_is_none_is_refused_at_its_member() -> None:
    with pytest.raises(Refused) as refused:
        channel_form.change(channel_form.inputs(model("email"), EMAIL), {"smtpPort": "many"})
    assert refused.value.errors == [("smtpPort", "must be a whole number")]

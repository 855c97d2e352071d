import ssl
import time
import traceback
from dataclasses import fields, replace
from ipaddress import ip_network
from pathlib import Path

import pytest
import trustme

from gamepilot_mon.catchers.smtp import (
    AnswerData,
    CutAfterData,
    DripAfterData,
    Fault,
    Refuse,
    SmtpCatcher,
    greylist,
)
from gamepilot_mon.channels import DeliveryError
from gamepilot_mon.channels.email import EmailConfig, send
from gamepilot_mon.channels.email.smtp import redact
from tests.channels.email.scripted import SILENCE, ScriptedSmtp
from tests.channels.messages import message

PASSWORD = "correct-horse-battery"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def cafile(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def server_context(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def config(smtp: SmtpCatcher | ScriptedSmtp, **changes: object) -> EmailConfig:
    plain = EmailConfig(
        host=smtp.host,
        port=smtp.port,
        secure=False,
        user=None,
        password=None,
        sender="alerts@gamepilot.dev",
        recipients=("admin@gamepilot.dev", "devops@gamepilot.dev"),
        trusted=True,
        connect_ms=1_000,
        answer_ms=1_200,
        deadline_ms=3_000,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def failure(settings: EmailConfig) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        send(settings, message())
    assert PASSWORD not in "".join(traceback.format_exception(caught.value)) + repr(settings)
    assert caught.value.__context__ is None
    return caught.value


def test_it_sends_one_mail_to_everyone_and_returns_the_servers_answer() -> None:
    with SmtpCatcher() as smtp:
        assert send(config(smtp), message()).detail == "250 OK: caught"
        [mail] = smtp.messages
    assert sorted(mail.recipients) == ["admin@gamepilot.dev", "devops@gamepilot.dev"]
    assert mail.sender == "alerts@gamepilot.dev"
    assert mail.message["Subject"] == "[CRITICAL] GamePilot Alert: error_rate"
    assert not mail.tls


def test_it_notes_the_recipients_that_were_refused() -> None:
    with SmtpCatcher() as smtp:
        smtp.fail_next(Refuse(recipients=frozenset({"devops@gamepilot.dev"})))
        detail = send(config(smtp), message()).detail
        assert smtp.messages[0].recipients == ("admin@gamepilot.dev",)
    assert detail == "250 OK: caught; refused: devops@gamepilot.dev (550 5.1.1 no such user)"


@pytest.mark.parametrize(
    ("fault", "permanent", "words"),
    [
        (greylist(), False, "451 4.7.1 greylisted"),
        (Refuse(), True, "550 5.1.1 no such user"),
        (AnswerData("552 5.3.4 too big"), True, "552 5.3.4 too big"),
        (AnswerData("451 4.3.0 disk full"), False, "451 4.3.0 disk full"),
        (AnswerData("421 4.3.2 going down"), False, "421 4.3.2 going down"),
    ],
)
def test_it_tells_a_refusal_for_good_from_one_for_now(fault: Fault, permanent: bool, words: str) -> None:
    with SmtpCatcher() as smtp:
        smtp.fail_next(fault)
        error = failure(config(smtp))
        assert smtp.messages == []
    assert (error.permanent, error.uncertain) == (permanent, False)
    assert words in error.detail


@pytest.mark.parametrize("fault", [CutAfterData(), DripAfterData()])
def test_it_is_uncertain_when_the_answer_to_the_mail_does_not_come(fault: Fault) -> None:
    with SmtpCatcher() as smtp:
        smtp.fail_next(fault)
        started = time.monotonic()
        error = failure(config(smtp))
        assert time.monotonic() - started < 12
        assert len(smtp.messages) == 1
    assert (error.permanent, error.uncertain) == (False, True)


def test_it_is_certain_that_nothing_arrived_where_nobody_listens() -> None:
    with SmtpCatcher() as smtp:
        settings = config(smtp)
    error = failure(settings)
    assert (error.permanent, error.uncertain) == (False, False)
    assert "connection refused" in error.detail


@pytest.mark.parametrize(
    ("replies", "permanent", "words"),
    [
        ({"": "554 5.7.1 you are on a list"}, True, "is not ready for mail: 554"),
        ({"": "421 4.3.2 too busy"}, False, "is not ready for mail: 421"),
        ({"": None}, False, "broke the connection"),
        ({"": SILENCE}, False, "did not answer within 1.2 s"),
        ({"mail": "553 5.7.1 not your address"}, True, "refused the sender alerts@gamepilot.dev: 553"),
        ({"mail": None}, False, "broke the connection before the mail was handed over"),
        ({"rcpt": SILENCE}, False, "did not answer"),
        ({"data": "451 4.3.0 no room"}, False, "refused the mail: 451"),
        ({"data": None}, False, "broke the connection before the mail was handed over"),
        ({".": "552 5.3.4 too big"}, True, "refused the mail: 552"),
    ],
)
def test_it_says_at_which_step_it_failed(replies: dict[str, str | None], permanent: bool, words: str) -> None:
    with ScriptedSmtp(replies) as server:
        error = failure(config(server))
    assert (error.permanent, error.uncertain) == (permanent, False)
    assert words in error.detail


@pytest.mark.parametrize("reply", [None, SILENCE, "25", "what?"])
def test_it_is_uncertain_after_a_garbled_or_missing_last_answer(reply: str | None) -> None:
    with ScriptedSmtp({".": reply}) as server:
        assert failure(config(server)).uncertain


@pytest.mark.parametrize("reply", [None, SILENCE, "500 what?"])
def test_it_counts_a_mail_as_sent_whatever_the_good_bye(reply: str | None) -> None:
    with ScriptedSmtp({"quit": reply, ".": "250 2.0.0 queued as 4F2A"}) as server:
        assert send(config(server), message()).detail == "250 2.0.0 queued as 4F2A"


def test_it_logs_in() -> None:
    with SmtpCatcher(users={"alerts": PASSWORD}) as smtp:
        send(config(smtp, user="alerts", password=PASSWORD), message())
        assert smtp.messages[0].user == "alerts"


def test_it_gives_up_when_the_password_is_wrong() -> None:
    with SmtpCatcher(users={"alerts": "another"}) as smtp:
        error = failure(config(smtp, user="alerts", password=PASSWORD))
    assert error.permanent
    assert "user name and password: 535" in error.detail


def test_it_upgrades_with_starttls_before_it_says_anything(authority: trustme.CA, cafile: str) -> None:
    with SmtpCatcher(tls=server_context(authority), users={"alerts": PASSWORD}) as smtp:
        settings = config(smtp, secure=True, cafile=cafile, user="alerts", password=PASSWORD)
        send(settings, message())
        assert smtp.messages[0].tls


@pytest.mark.parametrize(
    ("port", "secure", "from_start", "starttls"),
    [(465, True, True, False), (587, True, False, True), (25, True, False, True), (465, False, False, False)],
)
def test_it_decides_by_port_how_tls_begins(port: int, secure: bool, from_start: bool, starttls: bool) -> None:
    settings = EmailConfig("h", port, secure, None, None, "a@b.dev", ("c@d.dev",))
    assert (settings.tls_from_start, settings.starttls) == (from_start, starttls)


class FromTheFirstByte(EmailConfig):
    """As on port 465, which a test may not be allowed to open."""

    tls_from_start = True
    starttls = False


@pytest.mark.parametrize("name", ["127.0.0.1", "other.example"])
def test_it_speaks_tls_from_the_first_byte(authority: trustme.CA, cafile: str, name: str) -> None:
    with SmtpCatcher(tls=server_context(authority, name), tls_from_start=True) as smtp:
        plain = config(smtp, secure=True, cafile=cafile)
        settings = FromTheFirstByte(**{field.name: getattr(plain, field.name) for field in fields(plain)})
        if name == "127.0.0.1":
            send(settings, message())
            assert smtp.messages[0].tls
        else:
            assert "certificate" in failure(settings).detail


def test_it_honours_the_environments_certificate_file(
    authority: trustme.CA, cafile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", cafile)
    with SmtpCatcher(tls=server_context(authority)) as smtp:
        send(config(smtp, secure=True), message())
        assert smtp.messages[0].tls


def test_it_never_sends_in_the_clear_when_the_server_offers_no_starttls(cafile: str) -> None:
    with SmtpCatcher(users={"alerts": PASSWORD}) as smtp:
        error = failure(config(smtp, secure=True, cafile=cafile, user="alerts", password=PASSWORD))
        assert smtp.messages == []
    assert "STARTTLS" in error.detail
    assert not error.permanent


@pytest.mark.parametrize("name", ["127.0.0.1", "other.example"])
def test_it_distrusts_a_strange_or_misnamed_certificate(
    authority: trustme.CA, cafile: str, name: str
) -> None:
    strange = trustme.CA() if name == "127.0.0.1" else authority
    with SmtpCatcher(tls=server_context(strange, name)) as smtp:
        error = failure(config(smtp, secure=True, cafile=cafile, user="alerts", password=PASSWORD))
        assert smtp.messages == []
    assert "certificate" in error.detail
    assert (error.permanent, error.uncertain) == (False, False)


def test_it_refuses_plain_text_to_another_machine() -> None:
    away = EmailConfig(
        "192.0.2.1", 25, False, None, None, "a@b.dev", ("c@d.dev",), trusted=True, connect_ms=50
    )
    error = failure(away)
    assert error.permanent
    assert "SMTP_SECURE" in error.detail
    assert not failure(replace(away, allow_plain=True)).permanent


def test_it_refuses_a_private_address_that_the_environment_did_not_give() -> None:
    with SmtpCatcher() as smtp:
        error = failure(config(smtp, trusted=False))
        assert error.permanent
        assert "the machine itself" in error.detail
        send(config(smtp, trusted=False, allowed=(ip_network("127.0.0.0/8"),)), message())


@pytest.mark.parametrize(
    "changes",
    [
        {"recipients": ()},
        {"recipients": ("a@b.dev\r\nBcc: c@d.dev",)},
        {"recipients": ("nobody",)},
        {"recipients": ("a@b.dev, c@d.dev",)},
        {"recipients": ("ünal@b.dev",)},
        {"recipients": ("a\ud800@b.dev",)},
        {"recipients": ("a@b\0.dev",)},
        {"sender": "alerts"},
        {"sender": "Eve\r\nBcc: c@d.dev <a@b.dev>"},
    ],
)
def test_it_refuses_addresses_that_are_none(changes: dict[str, object]) -> None:
    with SmtpCatcher() as smtp:
        assert failure(config(smtp, **changes)).permanent
        assert smtp.messages == []


def test_it_takes_names_and_international_domains() -> None:
    with SmtpCatcher() as smtp:
        settings = config(
            smtp, sender="GamePilot Alerts <alerts@gamepilot.dev>", recipients=("a@bücher.example",)
        )
        send(settings, message())
        [mail] = smtp.messages
    assert mail.recipients == ("a@xn--bcher-kva.example",)
    assert mail.message["From"].addresses[0].display_name == "GamePilot Alerts"


def test_it_hides_a_password_that_the_server_echoes() -> None:
    settings = EmailConfig("h", 25, False, "alerts", PASSWORD, "a@b.dev", ("c@d.dev",))
    for echo in (PASSWORD, "AGFsZXJ0cwBjb3JyZWN0LWhvcnNlLWJhdHRlcnk=", "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5"):
        assert redact(f"535 not {echo}", settings) == "535 not ***"

"""Every fault that a provider can show, with the real daemon and real servers: nothing lost, nothing held up.

A row of docs/reliability.md stands for each test.
"""

import ssl
from pathlib import Path

import pytest
import trustme

from gamepilot_mon import custom_alert, db
from gamepilot_mon.catchers.slack import (
    CutAnswer,
    Drip,
    Hang,
    Reset,
    Status,
    rate_limited,
)
from gamepilot_mon.catchers.slack import Fault as HttpFault
from gamepilot_mon.catchers.smtp import AnswerData, CutAfterData, Refuse, SmtpCatcher, greylist
from gamepilot_mon.catchers.smtp import Fault as MailFault
from gamepilot_mon.clock import utcnow
from gamepilot_mon.custom_alert import CustomAlert
from gamepilot_mon.models import Alert, Attempt, ChannelState, Notification
from tests.processes import eventually, free_port
from tests.reliability.house import PROMPT_MS, house, told

FAULTS: list[tuple[HttpFault, bool]] = [
    (rate_limited("1"), False),
    (Status(500), False),
    (Reset(), True),
    (CutAnswer(), True),
]


@pytest.mark.parametrize(("fault", "resent"), FAULTS, ids=lambda value: type(value).__name__)
def test_it_delivers_through_a_failing_slack_and_holds_up_nobody(
    tmp_path: Path, fault: HttpFault, resent: bool
) -> None:
    with house(tmp_path) as our:
        our.slack.fail_next(fault)
        our.alert()
        our.settled()
        assert Notification.select().where(Notification.state != "sent").count() == 0
        assert max(our.took_ms("email") + our.took_ms("webhook")) < PROMPT_MS
        marks = [told(post) for post in our.slack.messages]
        assert len({uid for uid, _ in marks}) == 1
        assert marks[-1][1] is resent and all(again for _, again in marks[1:])


def test_it_gives_up_on_silence_and_on_a_drip_and_holds_up_nobody(tmp_path: Path) -> None:
    with house(tmp_path) as our:
        our.slack.fail_next(Hang())
        our.hook.fail_next(Drip())
        our.alert()
        our.settled()
        assert Notification.select().where(Notification.state != "sent").count() == 0
        assert max(our.took_ms("email")) < PROMPT_MS
        assert [again for _, again in map(told, our.slack.messages)] == [False, True]
        assert [post.payload["resend"] for post in our.hook.messages] == [False, True]


MAIL_FAULTS: list[tuple[MailFault, str]] = [
    (greylist(), "451"),
    (AnswerData("452 4.2.2 disk full"), "452"),
    (CutAfterData(), "before its answer"),
    (Refuse("550 5.1.1 no such user", frozenset({"c@b.example"})), "c@b.example (550"),
]


def test_it_delivers_through_a_failing_mail_server(tmp_path: Path) -> None:
    with house(tmp_path) as our:
        for fault, words in MAIL_FAULTS:
            our.mail.fail_next(fault)
            our.alert()
            our.settled()
            newest = list(Attempt.select().order_by(Attempt.id.desc()).limit(6))
            assert any(words in (attempt.detail or "") for attempt in newest), words
        assert Notification.select().where(Notification.state != "sent").count() == 0
        assert max(our.took_ms("slack") + our.took_ms("webhook")) < PROMPT_MS


def test_it_waits_for_a_certificate_that_is_renewed(tmp_path: Path) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    cafile = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(cafile))
    port = free_port()
    bad, good = (ca.issue_cert("localhost") for ca in (stranger, authority))
    with SmtpCatcher(port=port, tls=context(bad)) as distrusted:
        more = {
            "SMTP_HOST": "localhost", "SMTP_PORT": str(port), "SMTP_SECURE": "true", "SSL_CERT_FILE": str(cafile)
        }  # fmt: skip
        with house(tmp_path, **more) as our:
            our.alert()
            eventually(lambda: ChannelState.of("email").failures >= 1, what="a refused certificate")
            assert "certificate" in (ChannelState.of("email").last_failure or "")
            assert distrusted.messages == []
            distrusted.stop()
            with SmtpCatcher(port=port, tls=context(good)) as renewed:
                our.settled()
                assert len(renewed.messages) == 1
            distrusted.start()


def context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(made)
    return made


def test_it_opens_a_breaker_and_delivers_soon_after_the_recovery(tmp_path: Path) -> None:
    with house(tmp_path) as our:
        our.slack.fail_next(*[Status(503)] * 5)
        for number in range(8):
            our.alert(f"alert {number}")
        eventually(lambda: ChannelState.of("slack").failures == 5, within_s=15, what="an open breaker")
        tried = len(our.slack.attempts)
        our.settled(what="delivery after the recovery")
        assert tried == 5 and ChannelState.of("slack").failures == 0
        assert len({told(post)[0] for post in our.slack.messages}) == 8
        assert max(our.took_ms("webhook")) < PROMPT_MS


def test_it_raises_an_alert_about_a_dead_letter_by_the_other_channels(tmp_path: Path) -> None:
    with house(tmp_path) as our:
        our.slack.fail_next(Status(404, "no_service"))
        our.alert()
        eventually(lambda: Alert.select().where(Alert.type == "delivery_failed").exists(), what="the alert")
        our.settled()
        about = Alert.get(Alert.type == "delivery_failed")
        heard = {row.channel for row in Notification.select().where(Notification.alert_id == about.id)}
        assert heard == {"email", "webhook"} and "no_service" in about.message
        our.alert("works again")
        eventually(
            lambda: Alert.get_by_id(about.id).status == "resolved", what="the end of the alert about Slack"
        )
        our.settled()


def test_it_fails_over_to_a_standby_once_and_tells_it_the_end(tmp_path: Path) -> None:
    more = {"EMAIL_ENABLED": "false", "GAMEPILOT_MON_SLACK_FAILOVER": "email"}
    with house(tmp_path, **more) as our:
        our.slack.fail_next(*[Status(500)] * 3)
        serious = our.alert("serious")
        our.mail.wait_for(lambda mails: mails, timeout=20)
        our.alert("a trifle", "warning")
        our.settled()
        assert len(our.mail.messages) == 1
        content = our.mail.messages[0].message.get_body(("plain",))
        assert content is not None and "slack could not deliver it" in content.get_content()
        our.resolve(serious)
        our.settled()
        our.mail.wait_for(lambda mails: len(mails) == 2, timeout=10)
        assert "[RESOLVED]" in our.mail.messages[1].message["Subject"]


def test_it_tells_a_storm_in_few_messages_criticals_first(tmp_path: Path) -> None:
    with house(tmp_path) as our:
        with db.write():
            for number in range(300):
                severity = "critical" if number % 100 == 99 else "warning"
                wanted = CustomAlert(type="flood", severity=severity, message=f"alert {number}")  # type: ignore[arg-type]
                custom_alert.raise_alert(our.settings, wanted, utcnow())
        our.settled()
        assert len(our.hook.messages) == 300
        by_change = [row.change for row in sent("slack") if row.summary_id is None]
        assert by_change.count("summary") == 1 and len(our.slack.messages) <= 10
        [summary] = [row for row in sent("slack") if row.change == "summary"]
        members = Notification.select().where(Notification.summary_id == summary.id).count()
        assert members + len(our.slack.messages) - 1 == 300
        assert "warning flood: firing" in summary.body["text"]
        criticals = [r for r in sent("slack") if r.severity == "critical"]
        assert all(row.settled_at <= summary.settled_at for row in criticals)


def sent(channel: str) -> list[Notification]:
    return list(
        Notification.select().where((Notification.channel == channel) & (Notification.state == "sent"))
    )

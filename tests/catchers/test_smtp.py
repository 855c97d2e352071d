import smtplib
import ssl

import pytest
import trustme

from gamepilot_mon.catchers.smtp import AnswerData, CaughtMail, CutAfterData, Refuse, SmtpCatcher, greylist

LETTER = "Subject: hello\r\n\r\nwords\r\n"


def post(smtp: SmtpCatcher, *recipients: str) -> dict[str, tuple[int, bytes]]:
    with smtplib.SMTP(smtp.host, smtp.port, local_hostname="tests.invalid", timeout=5) as client:
        return client.sendmail("a@b.dev", recipients or ("c@d.dev",), LETTER)


def test_it_catches_mail() -> None:
    seen: list[CaughtMail] = []
    with SmtpCatcher(on_message=seen.append) as smtp:
        post(smtp, "c@d.dev", "e@f.dev")
        [mail] = smtp.wait_for(lambda mails: mails, timeout=5)
    assert mail.message["Subject"] == "hello"
    assert (mail.sender, mail.recipients) == ("a@b.dev", ("c@d.dev", "e@f.dev"))
    assert (mail.tls, mail.user) == (False, None)
    assert seen == [mail]


def test_it_fails_on_order_and_recovers() -> None:
    with SmtpCatcher() as smtp:
        smtp.fail_next(greylist(), AnswerData("554 5.6.0 no"), Refuse(recipients=frozenset({"e@f.dev"})))
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            post(smtp)
        with pytest.raises(smtplib.SMTPDataError):
            post(smtp)
        assert post(smtp, "c@d.dev", "e@f.dev") == {"e@f.dev": (550, b"5.1.1 no such user")}
        assert post(smtp) == {}
        assert [mail.recipients for mail in smtp.messages] == [("c@d.dev",), ("c@d.dev",)]


def test_it_cuts_after_data_on_order_and_keeps_the_mail() -> None:
    with SmtpCatcher() as smtp:
        smtp.fail_next(CutAfterData())
        with pytest.raises(smtplib.SMTPServerDisconnected):
            post(smtp)
        assert len(smtp.messages) == 1


def test_it_asks_for_the_password_of_a_user_it_knows() -> None:
    with SmtpCatcher(users={"me": "secret"}) as smtp:
        with pytest.raises(smtplib.SMTPSenderRefused):
            post(smtp)
        with smtplib.SMTP(smtp.host, smtp.port, local_hostname="tests.invalid", timeout=5) as client:
            with pytest.raises(smtplib.SMTPAuthenticationError):
                client.login("me", "guess")
            client.login("me", "secret")
            client.sendmail("a@b.dev", ["c@d.dev"], LETTER)
        assert smtp.messages[0].user == "me"


def test_it_offers_starttls_and_insists_on_it() -> None:
    authority = trustme.CA()
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(served)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with SmtpCatcher(tls=served) as smtp:
        with pytest.raises(smtplib.SMTPSenderRefused):
            post(smtp)
        with smtplib.SMTP(smtp.host, smtp.port, local_hostname="tests.invalid", timeout=5) as client:
            client.starttls(context=trusting)
            client.sendmail("a@b.dev", ["c@d.dev"], LETTER)
        assert smtp.messages[0].tls


def test_it_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with SmtpCatcher() as smtp:
        smtp.fail_next(CutAfterData())
        with pytest.raises(smtplib.SMTPServerDisconnected):
            post(smtp)
        post(smtp)
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_it_starts_again_after_a_stop_and_says_when_it_is_not_running() -> None:
    smtp = SmtpCatcher()
    with pytest.raises(RuntimeError, match="not running"):
        _ = smtp.port
    for _ in range(2):
        with smtp:
            post(smtp)
    assert len(smtp.messages) == 2

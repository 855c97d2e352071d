import re
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import ValidationError

from gamepilot_mon.settings import Settings, SettingsError, contradictions
from gamepilot_mon.settings.fields import setting_of

ROOT = Path(__file__).parent.parent
PASSWORD = "hunter2-do-not-print"
WEBHOOK = f"https://hooks.slack.example/services/T0/B0/{PASSWORD}"
LONG_SECRET = f"{PASSWORD}-{PASSWORD}"
SLACK = {"SLACK_ENABLED": "true", "SLACK_WEBHOOK_URL": WEBHOOK}
EMAIL = {"EMAIL_ENABLED": "true", "EMAIL_TO": "admin@gamepilot.dev"}
FILE_ATTRIBUTES = [attribute for attribute in Settings.model_fields if setting_of(attribute).may_be_file]
SECRETS = {
    "SLACK_WEBHOOK_URL": WEBHOOK,
    "SMTP_USER": PASSWORD,
    "SMTP_PASS": PASSWORD,
    "GAMEPILOT_MON_WEBHOOK_URL": WEBHOOK,
    "GAMEPILOT_MON_WEBHOOK_SECRET": LONG_SECRET,
    "GAMEPILOT_MON_PAGERDUTY_ROUTING_KEY": PASSWORD,
    "JWT_SECRET": LONG_SECRET,
    "GAMEPILOT_MON_SECRET_KEY": LONG_SECRET,
    "GAMEPILOT_DATABASE_URL": f"postgresql://reader:{PASSWORD}@db.example/gamepilot?sslmode=require",
    "GAMEPILOT_MON_DATABASE_URL": "sqlite:///somewhere/mon.db",
}


def read(dotenv: Path | None = None, /, **environ: str) -> Settings:
    return Settings.from_env(environ, dotenv)


def problems(dotenv: Path | None = None, /, **environ: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(environ, dotenv)
    return caught.value.problems


def dotenv_of(folder: Path, text: str) -> Path:
    path = folder / ".env"
    path.write_text(text, encoding="utf-8")
    return path


def test_it_has_a_default_for_everything() -> None:
    settings = read()
    assert settings == Settings()
    assert settings.slack_channel == "#alerts"
    assert (settings.smtp_host, settings.smtp_port, settings.smtp_secure) == ("localhost", 587, True)
    assert settings.email_from == "alerts@gamepilot.dev"
    assert settings.check_interval_ms == 30_000
    assert settings.cooldown_ms == 300_000
    assert settings.history_ms == 30 * 86_400_000
    assert settings.bind_address == ("127.0.0.1", 3001)
    assert settings.state_dir == Path("var")
    assert settings.source("cooldown_ms") == "default"


def test_it_accepts_every_default_as_text() -> None:
    defaults = {name: default for name, default, _ in Settings.documented()}
    assert Settings.from_env(defaults, None).model_dump() == Settings().model_dump()


def test_it_reads_the_environment() -> None:
    settings = read(
        **SLACK,
        EMAIL_ENABLED="Yes",
        EMAIL_TO="admin@gamepilot.dev, devops@gamepilot.dev,",
        ALERT_ERROR_RATE_WARNING="0.03",
        ALERT_SLOW_QUERIES_CRITICAL="20",
        ALLOWED_ORIGINS="https://App.example:443,http://localhost:5173/",
        GAMEPILOT_URL="http://gamepilot.example/base/",
        GAMEPILOT_MON_CHECK_INTERVAL="1m30s",
        GAMEPILOT_MON_SSRF_ALLOW="10.0.0.0/8, ::1",
        GAMEPILOT_MON_BIND="[::1]:8080",
        GAMEPILOT_MON_LOG_FORMAT="JSON",
        GAMEPILOT_MON_JWT_ADMINS="u1,u2",
        GAMEPILOT_MON_DATABASE_URL="sqlite:////srv/mon/store.db",
    )
    assert settings.slack_webhook_url is not None
    assert settings.slack_webhook_url.get_secret_value() == WEBHOOK
    assert settings.email_to == ("admin@gamepilot.dev", "devops@gamepilot.dev")
    assert settings.alert_error_rate_warning == 0.03
    assert settings.alert_slow_queries_critical == 20
    assert settings.allowed_origins == ("https://app.example", "http://localhost:5173")
    assert settings.gamepilot_url == "http://gamepilot.example/base"
    assert settings.check_interval_ms == 90_000
    assert settings.ssrf_allow == (ip_network("10.0.0.0/8"), ip_network("::1/128"))
    assert settings.bind_address == ("::1", 8080)
    assert settings.log_format == "json"
    assert settings.jwt_admins == ("u1", "u2")
    assert settings.state_dir == Path("/srv/mon")
    assert settings.source("email_to") == "environment"


@pytest.mark.parametrize("text", ["true", "TRUE", "1", "yes", "On"])
def test_it_reads_switches_that_are_on(text: str) -> None:
    assert read(GAMEPILOT_MON_SMTP_ALLOW_PLAIN=text).smtp_allow_plain is True


@pytest.mark.parametrize("text", ["false", "False", "0", "NO", "off"])
def test_it_reads_switches_that_are_off(text: str) -> None:
    assert read(SMTP_SECURE=text).smtp_secure is False


def test_it_prefers_the_environment_to_dotenv(tmp_path: Path) -> None:
    path = dotenv_of(tmp_path, "SMTP_HOST=file.example\nSMTP_PORT=2525\n")
    settings = read(path, SMTP_HOST="env.example")
    assert (settings.smtp_host, settings.source("smtp_host")) == ("env.example", "environment")
    assert (settings.smtp_port, settings.source("smtp_port")) == (2525, ".env")


def test_it_reads_os_environ_and_the_working_directory_by_default(tmp_path: Path) -> None:
    dotenv_of(tmp_path, "SMTP_PORT=2525\n")
    script = (
        "from gamepilot_mon.settings import Settings as S; s = S.from_env(); print(s.smtp_host, s.smtp_port)"
    )
    environ = {"PYTHONPATH": str(ROOT), "SMTP_HOST": "env.example"}
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environ, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == ["env.example", "2525"]


def test_it_keeps_dollars_hashes_and_quotes_of_dotenv_passwords(tmp_path: Path) -> None:
    path = dotenv_of(
        tmp_path, "export SMTP_PASS='a${HOME} #b$$'\nSMTP_USER=me # the relay's\nSLACK_CHANNEL=#ops\n"
    )
    settings = read(path)
    assert settings.smtp_pass is not None
    assert settings.smtp_pass.get_secret_value() == "a${HOME} #b$$"
    assert settings.smtp_user == "me"
    assert settings.slack_channel == "#ops"


def test_it_takes_empty_variables_for_unset(tmp_path: Path) -> None:
    path = dotenv_of(tmp_path, "SMTP_HOST=file.example\nEMAIL_FROM=\n")
    settings = read(path, SMTP_HOST="", SMTP_PORT="", JWT_SECRET="", JWT_SECRET_FILE="")
    assert (settings.smtp_host, settings.smtp_port) == ("file.example", 587)
    assert settings.email_from == "alerts@gamepilot.dev"
    assert settings.jwt_secret is None


def test_it_reports_broken_dotenv_lines_by_number(tmp_path: Path) -> None:
    path = dotenv_of(tmp_path, f"SMTP_PORT=25\n={PASSWORD}\n")
    assert problems(path) == [".env: line 2 must read NAME=value"]


def test_it_reports_a_dotenv_that_is_no_text_or_no_file(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_bytes(b"SMTP_PASS=\xff\xfe")
    assert problems(path) == [".env: must be UTF-8 text"]
    path.unlink()
    path.mkdir()
    assert problems(path)[0].startswith(".env: cannot be read")


@pytest.mark.parametrize("attribute", FILE_ATTRIBUTES)
def test_it_reads_secrets_from_files(attribute: str, tmp_path: Path) -> None:
    name = setting_of(attribute).name
    path = tmp_path / "secret"
    path.write_bytes(SECRETS[name].encode() + b"\r\n")
    settings = Settings.from_env({f"{name}_FILE": str(path)}, None)
    assert settings.to_environ()[name] == SECRETS[name]
    assert settings.source(attribute) == "file"


def test_it_knows_which_names_are_secrets() -> None:
    assert {setting_of(attribute).name for attribute in FILE_ATTRIBUTES} == SECRETS.keys()


@pytest.mark.parametrize("name", SECRETS)
def test_it_refuses_a_secret_given_twice(name: str, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(SECRETS[name])
    environ = {name: SECRETS[name], f"{name}_FILE": str(path)}
    assert problems(**environ) == [f"{name}: is set together with {name}_FILE; set one of them"]


def test_it_prefers_an_environment_secret_to_a_dotenv_file(tmp_path: Path) -> None:
    path = dotenv_of(tmp_path, "SMTP_PASS_FILE=/nowhere\n")
    assert read(path, SMTP_PASS="x").source("smtp_pass") == "environment"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read"),
        (b"", "empty"),
        (b"\n", "empty"),
        (b"\xff\xff", "UTF-8"),
        (b"x" * 70_000, "64 KiB"),
    ],
)
def test_it_reports_an_unusable_secret_file(content: bytes | None, reason: str, tmp_path: Path) -> None:
    path = tmp_path / PASSWORD
    if content is not None:
        path.write_bytes(content)
    (problem,) = problems(SLACK_ENABLED="true", SLACK_WEBHOOK_URL_FILE=str(path))
    assert problem.startswith("SLACK_WEBHOOK_URL_FILE: ")
    assert reason in problem
    assert PASSWORD not in problem


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("GAMEPILOT_MON_COOLDWON", "did you mean GAMEPILOT_MON_COOLDOWN?"),
        ("GAMEPILOT_MON_SECRETKEY_FILE", "did you mean GAMEPILOT_MON_SECRET_KEY_FILE?"),
        ("GAMEPILOT_MON_SLACK_CHANNEL", "did you mean SLACK_CHANNEL?"),
        ("GAMEPILOT_MON_BIND_FILE", "only a secret may be given as a file; set GAMEPILOT_MON_BIND itself"),
        ("gamepilot_mon_bind", "names are in capitals; write GAMEPILOT_MON_BIND"),
        ("GAMEPILOT_MON_QQQQ", "is not a setting; remove it"),
    ],
)
def test_it_refuses_unknown_names_of_its_own(name: str, advice: str, tmp_path: Path) -> None:
    (from_environment,) = problems(**{name: "x"})
    (from_dotenv,) = problems(dotenv_of(tmp_path, f"{name}=x\n"))
    assert from_environment == from_dotenv
    assert from_environment.startswith(f"{name}: ")
    assert advice in from_environment


def test_it_ignores_the_variables_of_others() -> None:
    assert read(PATH="/bin", SMTP_FLAVOUR="mint", GAMEPILOT_PORT="3000") == Settings()


MALFORMED = [
    *[("SLACK_ENABLED", text) for text in ("maybe", "2", "truee", "tr ue")],
    *[
        ("SLACK_WEBHOOK_URL", text)
        for text in ("hooks.slack.example/x", "ftp://h/x", "https://", "http://h:99999/")
    ],
    ("SLACK_WEBHOOK_URL", "https://h.example/a\nb"),
    ("SLACK_CHANNEL", "#a\r\nb"),
    *[("SMTP_HOST", text) for text in ("smtp://h", "h:25", "a b", "-h", "a..b", "user@h", "h\n", "x" * 300)],
    *[("SMTP_PORT", text) for text in ("0", "65536", "-1", "abc", "25.0", "1_0", "\u0662\u0665", "9" * 5000)],
    ("SMTP_USER", "me\r\nyou"),
    *[
        ("EMAIL_FROM", text)
        for text in ("alerts", "@x.dev", "a@", "a b@x.dev", "A <a@x.dev>", "a@x.dev\r\nBcc: b@x")
    ],
    *[
        ("EMAIL_TO", text)
        for text in ("a@x.dev,nope", "a@x.dev\r\nBcc: b@x.dev", "a@x.dev\n", "a@x.dev;b@x.dev")
    ],
    *[
        ("ALERT_ERROR_RATE_CRITICAL", text)
        for text in ("1.1", "-0.1", "nan", "inf", "-Infinity", "5%", "0,5", "1e999")
    ],
    *[("ALERT_SUCCESS_RATE_WARNING", text) for text in ("95", "NaN", "x")],
    *[("ALERT_RESPONSE_TIME_CRITICAL", text) for text in ("0", "-5", "inf", "1s", "1e999")],
    *[("ALERT_SLOW_QUERIES_CRITICAL", text) for text in ("-1", "2.5", "nan", "many")],
    *[("GAMEPILOT_MON_CHECK_INTERVAL", text) for text in ("0", "999ms", "61m", "30", "-30s", "soon")],
    *[("GAMEPILOT_MON_COOLDOWN", text) for text in ("-1s", "5", "1.5h", "999999999999d")],
    *[("GAMEPILOT_MON_HISTORY", text) for text in ("0", "30")],
    ("GAMEPILOT_MON_SLOW", "0"),
    ("GAMEPILOT_MON_MIN_SAMPLES", "0"),
    ("GAMEPILOT_MON_LIVE_MAX", "0"),
    *[
        ("GAMEPILOT_MON_BIND", text)
        for text in ("3001", ":3001", "h:", "h:0", "h:70000", "::1:3001", "[::1]", "[h]:1")
    ],
    ("GAMEPILOT_MON_BIND", "[127.0.0.1]:3001"),
    *[
        ("GAMEPILOT_MON_DATABASE_URL", text)
        for text in ("var/a.db", "mysql://h/a", "sqlite://var/a.db", "sqlite://")
    ],
    *[
        ("GAMEPILOT_MON_DATABASE_URL", text)
        for text in (
            "sqlite:///:memory:",
            f"postgresql://u:{PASSWORD}@h/a",
            "sqlite:a.db",
            "sqlite:/a.db",
            "SQLITE:///a.db",
        )
    ],
    *[("GAMEPILOT_DATABASE_URL", text) for text in ("mysql://h/a", "postgresql://h", "postgresql://h:x/a")],
    ("GAMEPILOT_DATABASE_URL", f"postgresql://u:1/{PASSWORD}@h/a"),
    ("GAMEPILOT_DATABASE_URL", f"postgresql://u:{PASSWORD}#@h/a"),
    *[
        ("GAMEPILOT_MON_PUBLIC_URL", text)
        for text in ("mon.example", "https://u:p@mon.example", "https://h/?a=b")
    ],
    *[("GAMEPILOT_URL", text) for text in ("gamepilot", "file:///etc/passwd", "http://[::1", "http://h/#x")],
    *[("ALLOWED_ORIGINS", text) for text in ("*", "app.example", "https://app.example/path", "null")],
    *[
        ("GAMEPILOT_MON_SSRF_ALLOW", text)
        for text in ("10.0.0.1/8", "10.0.0.0/33", "intranet", "10.0.0.0/8 ::1")
    ],
    ("JWT_SECRET", "x" * 31),
    ("JWT_SECRET", "\udcff" * 40),
    ("GAMEPILOT_MON_SECRET_KEY", "short"),
    ("GAMEPILOT_MON_JWT_DEFAULT_ROLE", "owner"),
    ("GAMEPILOT_MON_LOG_FORMAT", "xml"),
    ("GAMEPILOT_MON_LOG_LEVEL", "loud"),
    ("GAMEPILOT_MON_RESPONSE_TIME_STATISTIC", "p42"),
    ("GAMEPILOT_MON_PLUGINS_DIR", "/no/such/folder"),
]


@pytest.mark.parametrize(("name", "text"), MALFORMED)
def test_it_refuses_malformed_values(name: str, text: str) -> None:
    (problem,) = problems(**{name: text})
    assert re.match(rf"{name}: (must|not|too|needs|has|item|Input should)\b", problem)
    assert PASSWORD not in problem


CONTRADICTORY = [
    ({"SLACK_ENABLED": "true"}, "SLACK_WEBHOOK_URL: is missing"),
    ({"EMAIL_ENABLED": "true"}, "EMAIL_TO: is missing"),
    ({"SMTP_PORT": "465", "SMTP_SECURE": "false"}, "SMTP_SECURE: is false while SMTP_PORT is 465"),
    ({**EMAIL, "SMTP_SECURE": "no", "SMTP_HOST": "smtp.example"}, "SMTP_SECURE: is false while SMTP_HOST"),
    ({**EMAIL, "SMTP_SECURE": "no", "SMTP_HOST": "10.0.0.1"}, "SMTP_SECURE: is false while SMTP_HOST"),
    ({**EMAIL, "SMTP_USER": "me"}, "SMTP_PASS: is missing"),
    ({**EMAIL, "SMTP_PASS": PASSWORD}, "SMTP_USER: is missing"),
    ({"ALERT_ERROR_RATE_WARNING": "0.06"}, "ALERT_ERROR_RATE_WARNING: must not be above"),
    ({"ALERT_RESPONSE_TIME_CRITICAL": "999"}, "ALERT_RESPONSE_TIME_WARNING: must not be above"),
    ({"ALERT_SLOW_QUERIES_WARNING": "11"}, "ALERT_SLOW_QUERIES_WARNING: must not be above"),
    ({"ALERT_SUCCESS_RATE_WARNING": "0.89"}, "ALERT_SUCCESS_RATE_WARNING: must not be below"),
    ({"GAMEPILOT_MON_WINDOW_FAST": "24h"}, "GAMEPILOT_MON_WINDOW_FAST: must be shorter"),
    (
        {"GAMEPILOT_DATABASE_URL": "sqlite:///var/gamepilot-mon.db"},
        "GAMEPILOT_DATABASE_URL: is the monitor's own",
    ),
]


@pytest.mark.parametrize(("environ", "start"), CONTRADICTORY)
def test_it_refuses_contradictory_values(environ: dict[str, str], start: str) -> None:
    (problem,) = problems(**environ)
    assert problem.startswith(start)
    assert PASSWORD not in problem


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.2", "::1", "[::1]", "mail.localhost"])
def test_it_allows_plain_mail_to_this_machine(host: str) -> None:
    assert read(**EMAIL, SMTP_SECURE="false", SMTP_HOST=host).smtp_secure is False


def test_it_allows_plain_mail_elsewhere_when_told_so() -> None:
    allowed = {"SMTP_SECURE": "false", "SMTP_HOST": "relay.lan", "GAMEPILOT_MON_SMTP_ALLOW_PLAIN": "true"}
    assert read(**EMAIL, **allowed).smtp_host == "relay.lan"


def test_it_allows_equal_thresholds() -> None:
    assert read(ALERT_SUCCESS_RATE_WARNING="0.9").alert_success_rate_warning == 0.9


def test_it_finds_contradictions_in_a_copy_with_overrides() -> None:
    overridden = Settings().model_copy(update={"alert_error_rate_warning": 0.5})
    (found,) = contradictions(overridden)
    assert found.attributes == ("alert_error_rate_warning", "alert_error_rate_critical")


def test_it_reports_everything_at_once_without_a_secret(tmp_path: Path) -> None:
    path = dotenv_of(tmp_path, "GAMEPILOT_MON_HISTROY=3d\n=\nSMTP_PORT=none\n")
    found = problems(
        path,
        SLACK_ENABLED="true",
        SLACK_WEBHOOK_URL=f"ftp://{PASSWORD}@h/",
        EMAIL_ENABLED="true",
        EMAIL_TO=f"{PASSWORD}@x.dev\r\nBcc: x@x.dev",
        JWT_SECRET=PASSWORD,
        SMTP_PASS_FILE=f"/{PASSWORD}",
        ALERT_ERROR_RATE_WARNING="0.5",
        GAMEPILOT_DATABASE_URL=f"mysql://u:{PASSWORD}@h/a",
        GAMEPILOT_URL=f"http://u:{PASSWORD}@[h/",
        GAMEPILOT_MON_WINDOW_FAST="2d",
    )
    assert sorted(problem.split(":")[0] for problem in found) == [
        ".env",
        "ALERT_ERROR_RATE_WARNING",
        "EMAIL_TO",
        "GAMEPILOT_DATABASE_URL",
        "GAMEPILOT_MON_HISTROY",
        "GAMEPILOT_MON_WINDOW_FAST",
        "GAMEPILOT_URL",
        "JWT_SECRET",
        "SLACK_WEBHOOK_URL",
        "SMTP_PASS_FILE",
        "SMTP_PORT",
    ]
    assert PASSWORD not in "\n".join(found)


def test_it_shows_no_secret_in_a_traceback() -> None:
    script = "from gamepilot_mon.settings import Settings; Settings.from_env(dotenv=None)"
    environ = {"PYTHONPATH": str(ROOT), "JWT_SECRET": PASSWORD, "GAMEPILOT_DATABASE_URL": f"x://{PASSWORD}"}
    ran = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, text=True)
    assert ran.returncode != 0
    assert "JWT_SECRET: must be at least 32 bytes" in ran.stderr
    assert PASSWORD not in ran.stderr


def test_it_shows_no_secret_in_repr_or_description() -> None:
    settings = read(**SECRETS, GAMEPILOT_URL=f"https://u:{PASSWORD}@gamepilot.example")
    described = {line.name: line for line in settings.describe()}
    assert PASSWORD not in f"{settings!r}{settings}{described}"
    assert described["JWT_SECRET"].text == "***"
    assert described["GAMEPILOT_DATABASE_URL"].text == "postgresql://***@db.example/gamepilot?sslmode=require"
    assert described["GAMEPILOT_URL"].text == "https://***@gamepilot.example"


def test_it_shows_no_password_of_a_query() -> None:
    settings = read(GAMEPILOT_DATABASE_URL=f"postgresql:///app?password={PASSWORD}&sslmode=require")
    described = {line.name: line for line in settings.describe()}
    assert described["GAMEPILOT_DATABASE_URL"].text == "postgresql:///app?password=***&sslmode=require"


def test_it_describes_every_setting_with_its_source(tmp_path: Path) -> None:
    settings = read(dotenv_of(tmp_path, "GAMEPILOT_MON_COOLDOWN=90s\n"), EMAIL_TO="a@x.dev,b@x.dev")
    described = {line.attribute: line for line in settings.describe()}
    assert list(described) == list(Settings.model_fields)
    assert described["cooldown_ms"] == ("GAMEPILOT_MON_COOLDOWN", "cooldown_ms", "1m30s", ".env")
    assert described["email_to"] == ("EMAIL_TO", "email_to", "a@x.dev,b@x.dev", "environment")
    assert described["jwt_secret"] == ("JWT_SECRET", "jwt_secret", "", "default")
    assert described["alert_response_time_warning"].text == "1000"


def test_it_hands_the_same_settings_to_a_child() -> None:
    settings = read(
        **SECRETS, **EMAIL, GAMEPILOT_MON_SSRF_ALLOW="10.0.0.0/8", ALERT_RESPONSE_TIME_WARNING="1.5"
    )
    inherited = {"PATH": "/bin", "SMTP_PASS_FILE": "/gone", "SLACK_CHANNEL": "#other"}
    environ = settings.to_environ(inherited)
    assert environ["PATH"] == "/bin"
    assert Settings.from_env(environ, None).model_dump() == settings.model_dump()


def test_it_cannot_be_changed_or_misspelt() -> None:
    with pytest.raises(ValidationError):
        Settings().smtp_port = 25
    with pytest.raises(ValidationError):
        Settings(smtp_prot=25)  # type: ignore[call-arg]


def test_it_takes_typed_values_from_code() -> None:
    settings = Settings(check_interval_ms=1_000, email_to=("a@x.dev",), jwt_secret=None, plugins_dir=None)
    assert settings.check_interval_ms == 1_000
    assert settings.source("check_interval_ms") == "environment"


def test_it_lists_every_setting_with_its_default_in_the_example() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    listed = re.findall(r"^# ([A-Z_]+)=(.*)$", text, re.MULTILINE)
    assert listed == [(name, default) for name, default, _ in Settings.documented()]


def test_it_starts_with_the_example_uncommented(tmp_path: Path) -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    path = dotenv_of(tmp_path, re.sub(r"^# ([A-Z_]+=)", r"\1", text, flags=re.MULTILINE))
    assert read(path).model_dump() == Settings().model_dump()


def test_it_starts_with_the_example_as_it_is() -> None:
    assert read(ROOT / ".env.example") == Settings()


def test_it_explains_every_setting_in_the_docs() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([A-Z_]+)`( \*file\*)? \| (?:`(.*?)`|\u2013) \| (.+) \|$", text, re.MULTILINE)
    assert [(name, default, meaning) for name, _, default, meaning in rows] == Settings.documented()
    assert {name for name, file, _, _ in rows if file} == SECRETS.keys()

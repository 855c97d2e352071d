"""Every setting: attribute, type, name in the environment, meaning and default."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, SecretStr

from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from gamepilot_mon.settings.addresses import (
    BaseUrl,
    Bind,
    DatabaseUrl,
    Host,
    MailAddress,
    MailAddresses,
    Networks,
    Origins,
    PublicUrl,
    SecretUrl,
    StoreUrl,
)
from gamepilot_mon.settings.setting import Setting
from gamepilot_mon.settings.values import (
    Duration,
    Folder,
    JwtSecret,
    Line,
    Lines,
    Milliseconds,
    Ratio,
    SigningKey,
    Switch,
    Whole,
    at_least,
    between,
    choice,
    lasting,
    off_or,
)

Failover = Literal["slack", "email", "webhook", "pagerduty"] | None
_CHANNELS = choice("slack", "email", "webhook", "pagerduty")


class Fields(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    slack_enabled: Annotated[Switch, Setting("SLACK_ENABLED", "Send alerts to Slack.")] = False
    slack_webhook_url: Annotated[
        SecretUrl | None,
        Setting("SLACK_WEBHOOK_URL", "URL of the Slack incoming webhook.", secret=True, may_be_file=True),
    ] = None
    slack_channel: Annotated[Line, Setting("SLACK_CHANNEL", "Channel that the Slack message names.")] = (
        "#alerts"
    )

    email_enabled: Annotated[Switch, Setting("EMAIL_ENABLED", "Send alerts by e-mail.")] = False
    smtp_host: Annotated[Host, Setting("SMTP_HOST", "Mail server: host name or IP address.")] = "localhost"
    smtp_port: Annotated[Whole, between(1, 65_535), Setting("SMTP_PORT", "Port of the mail server.")] = 587
    smtp_secure: Annotated[
        Switch,
        Setting(
            "SMTP_SECURE",
            "With port 465 TLS from the first byte, with any other port STARTTLS, required; certificates are "
            "verified. `false` is plain text, to this machine only unless "
            "GAMEPILOT_MON_SMTP_ALLOW_PLAIN is true; a mail server on localhost often needs it.",
        ),
    ] = True
    smtp_user: Annotated[
        Line | None,
        Setting(
            "SMTP_USER", "User name at the mail server; none means no login.", secret=True, may_be_file=True
        ),
    ] = None
    smtp_pass: Annotated[
        SecretStr | None,
        Setting("SMTP_PASS", "Password at the mail server.", secret=True, may_be_file=True),
    ] = None
    smtp_allow_plain: Annotated[
        Switch,
        Setting("GAMEPILOT_MON_SMTP_ALLOW_PLAIN", "Allow unencrypted mail to another machine."),
    ] = False
    email_from: Annotated[MailAddress, Setting("EMAIL_FROM", "Sender: a bare address.")] = (
        "alerts@gamepilot.dev"
    )
    email_to: Annotated[
        MailAddresses, Setting("EMAIL_TO", "Recipients: bare addresses, separated by commas.")
    ] = ()

    webhook_enabled: Annotated[
        Switch, Setting("GAMEPILOT_MON_WEBHOOK_ENABLED", "Send alerts to a webhook of your own.")
    ] = False
    webhook_url: Annotated[
        SecretUrl | None,
        Setting("GAMEPILOT_MON_WEBHOOK_URL", "URL that alerts are posted to.", secret=True, may_be_file=True),
    ] = None
    webhook_secret: Annotated[
        SigningKey | None,
        Setting(
            "GAMEPILOT_MON_WEBHOOK_SECRET",
            "Key of the signature that every post carries, 16 bytes or more; none means no signature.",
            secret=True,
            may_be_file=True,
        ),
    ] = None
    webhook_format: Annotated[
        Literal["native", "alertmanager"],
        choice("native", "alertmanager"),
        Setting(
            "GAMEPILOT_MON_WEBHOOK_FORMAT",
            "`native`, or `alertmanager` for what takes Alertmanager's webhooks.",
        ),
    ] = "native"

    pagerduty_enabled: Annotated[
        Switch, Setting("GAMEPILOT_MON_PAGERDUTY_ENABLED", "Send alerts to PagerDuty.")
    ] = False
    pagerduty_routing_key: Annotated[
        SecretStr | None,
        Setting(
            "GAMEPILOT_MON_PAGERDUTY_ROUTING_KEY",
            "Integration key of the PagerDuty service (Events API v2).",
            secret=True,
            may_be_file=True,
        ),
    ] = None
    pagerduty_url: Annotated[
        BaseUrl, Setting("GAMEPILOT_MON_PAGERDUTY_URL", "Where PagerDuty takes events.")
    ] = "https://events.pagerduty.com/v2/enqueue"

    slack_failover: Annotated[
        Failover,
        _CHANNELS,
        Setting(
            "GAMEPILOT_MON_SLACK_FAILOVER",
            "Channel that takes over criticals which Slack does not: `slack`, `email`, `webhook` or "
            "`pagerduty`; it need not be enabled.",
        ),
    ] = None
    email_failover: Annotated[
        Failover, _CHANNELS, Setting("GAMEPILOT_MON_EMAIL_FAILOVER", "The same for e-mail.")
    ] = None
    webhook_failover: Annotated[
        Failover, _CHANNELS, Setting("GAMEPILOT_MON_WEBHOOK_FAILOVER", "The same for the webhook.")
    ] = None
    pagerduty_failover: Annotated[
        Failover, _CHANNELS, Setting("GAMEPILOT_MON_PAGERDUTY_FAILOVER", "The same for PagerDuty.")
    ] = None

    canary_ms: Annotated[
        int,
        off_or("1h"),
        Setting(
            "GAMEPILOT_MON_CANARY",
            "A channel that nothing went through for so long is sent a test message; `off` sends none.",
        ),
    ] = 7 * DAY_MS
    canary_hour: Annotated[
        Whole,
        between(0, 23),
        Setting("GAMEPILOT_MON_CANARY_HOUR", "The hour (UTC) in which these test messages go out, 0 to 23."),
    ] = 9

    alert_error_rate_warning: Annotated[
        Ratio,
        Setting("ALERT_ERROR_RATE_WARNING", "Warn when more than this share of operations fails, 0 to 1."),
    ] = 0.02
    alert_error_rate_critical: Annotated[
        Ratio, Setting("ALERT_ERROR_RATE_CRITICAL", "Critical when more than this share fails.")
    ] = 0.05
    alert_response_time_warning: Annotated[
        Milliseconds,
        Setting(
            "ALERT_RESPONSE_TIME_WARNING", "Warn when operations take longer than this, in milliseconds."
        ),
    ] = 1000.0
    alert_response_time_critical: Annotated[
        Milliseconds,
        Setting("ALERT_RESPONSE_TIME_CRITICAL", "Critical when they take longer than this, in milliseconds."),
    ] = 2000.0
    alert_success_rate_warning: Annotated[
        Ratio, Setting("ALERT_SUCCESS_RATE_WARNING", "Warn when less than this share succeeds, 0 to 1.")
    ] = 0.95
    alert_success_rate_critical: Annotated[
        Ratio,
        Setting(
            "ALERT_SUCCESS_RATE_CRITICAL",
            "Critical when less than this share succeeds; not above the warning.",
        ),
    ] = 0.90
    alert_slow_queries_warning: Annotated[
        Whole, at_least(0), Setting("ALERT_SLOW_QUERIES_WARNING", "Warn at more slow operations than this.")
    ] = 3
    alert_slow_queries_critical: Annotated[
        Whole,
        at_least(0),
        Setting("ALERT_SLOW_QUERIES_CRITICAL", "Critical at more slow operations than this."),
    ] = 10

    check_interval_ms: Annotated[
        Duration,
        lasting("1s", "1h"),
        Setting(
            "GAMEPILOT_MON_CHECK_INTERVAL", "How often health is checked and rules are evaluated, 1s to 1h."
        ),
    ] = 30 * SECOND_MS
    min_samples: Annotated[
        Whole,
        at_least(1),
        Setting(
            "GAMEPILOT_MON_MIN_SAMPLES", "Fewer operations than this in a window give no verdict on rates."
        ),
    ] = 10
    slow_ms: Annotated[
        Duration,
        lasting("1ms"),
        Setting("GAMEPILOT_MON_SLOW", "An operation or query that takes longer counts as slow."),
    ] = 1 * SECOND_MS
    response_time_statistic: Annotated[
        Literal["mean", "p50", "p95", "p99"],
        choice("mean", "p50", "p95", "p99"),
        Setting(
            "GAMEPILOT_MON_RESPONSE_TIME_STATISTIC",
            "What the response time thresholds are held against: `mean`, `p50`, `p95` or `p99`.",
        ),
    ] = "mean"
    window_fast_ms: Annotated[
        Duration,
        lasting("1s"),
        Setting("GAMEPILOT_MON_WINDOW_FAST", "The short window of the rules; shorter than the long one."),
    ] = 5 * MINUTE_MS
    window_slow_ms: Annotated[
        Duration, lasting("1s"), Setting("GAMEPILOT_MON_WINDOW_SLOW", "The long window of the rules.")
    ] = DAY_MS
    cooldown_ms: Annotated[
        Duration,
        Setting(
            "GAMEPILOT_MON_COOLDOWN", "Least time between repeats of one alert on one channel; `0` for none."
        ),
    ] = 5 * MINUTE_MS
    repeat_interval_ms: Annotated[
        Duration,
        Setting(
            "GAMEPILOT_MON_REPEAT_INTERVAL", "Reminder while an alert keeps firing; `0` sends no reminders."
        ),
    ] = 4 * HOUR_MS
    incident_gap_ms: Annotated[
        Duration,
        Setting(
            "GAMEPILOT_MON_INCIDENT_GAP",
            "Alerts that fire within this time of an incident's last change join it; `0` gives each its own.",
        ),
    ] = 10 * MINUTE_MS

    new_error_alert: Annotated[
        Literal["off", "info", "warning", "critical"],
        choice("off", "info", "warning", "critical"),
        Setting(
            "GAMEPILOT_MON_NEW_ERROR_ALERT",
            "Severity of the alert about a kind of error that was never seen before; `off` raises none.",
        ),
    ] = "off"
    regression_alert: Annotated[
        Literal["off", "info", "warning", "critical"],
        choice("off", "info", "warning", "critical"),
        Setting(
            "GAMEPILOT_MON_REGRESSION_ALERT",
            "Severity of the alert about an error that came back after somebody had resolved it.",
        ),
    ] = "warning"

    database_url: Annotated[
        StoreUrl,
        Setting(
            "GAMEPILOT_MON_DATABASE_URL",
            "The monitor's own store: `sqlite:///relative.db` or `sqlite:////absolute.db`.",
            may_be_file=True,
        ),
    ] = "sqlite:///var/gamepilot-mon.db"
    history_ms: Annotated[
        Duration,
        lasting("1s"),
        Setting("GAMEPILOT_MON_HISTORY", "How long alerts and measurements are kept."),
    ] = 30 * DAY_MS
    audit_history_ms: Annotated[
        Duration,
        lasting("1d"),
        Setting("GAMEPILOT_MON_AUDIT_HISTORY", "How long the audit log is kept."),
    ] = 365 * DAY_MS
    raw_history_ms: Annotated[
        Duration,
        lasting("1s"),
        Setting("GAMEPILOT_MON_RAW_HISTORY", "How long single events are kept; after that only their sums."),
    ] = 48 * HOUR_MS

    user_ids: Annotated[
        Literal["pseudonym", "plain"],
        choice("pseudonym", "plain"),
        Setting(
            "GAMEPILOT_MON_USER_IDS",
            "How players are stored: as a `pseudonym` (a keyed hash of their id), or `plain`.",
        ),
    ] = "pseudonym"

    bind: Annotated[
        Bind, Setting("GAMEPILOT_MON_BIND", "Address and port of the web process; IPv6 as `[::1]:3001`.")
    ] = "127.0.0.1:3001"
    public_url: Annotated[
        PublicUrl | None,
        Setting(
            "GAMEPILOT_MON_PUBLIC_URL", "Address that people open; links in notifications begin with it."
        ),
    ] = None
    allowed_origins: Annotated[
        Origins,
        Setting(
            "ALLOWED_ORIGINS",
            "Web origins that may connect and use the API, separated by commas; none means the same origin.",
        ),
    ] = ()
    live_max: Annotated[
        Whole, at_least(1), Setting("GAMEPILOT_MON_LIVE_MAX", "Most live connections in all.")
    ] = 20_000
    live_max_per_address: Annotated[
        Whole,
        at_least(1),
        Setting("GAMEPILOT_MON_LIVE_MAX_PER_ADDRESS", "Most live connections from one address."),
    ] = 2_000

    secret_key: Annotated[
        SigningKey | None,
        Setting(
            "GAMEPILOT_MON_SECRET_KEY",
            "Key that signs browser sessions, 16 bytes or more; when not set, one is made and kept.",
            secret=True,
            may_be_file=True,
        ),
    ] = None
    session_lifetime_ms: Annotated[
        Duration,
        lasting("1s"),
        Setting("GAMEPILOT_MON_SESSION_LIFETIME", "How long a sign-in in the browser lasts."),
    ] = 12 * HOUR_MS
    jwt_secret: Annotated[
        JwtSecret | None,
        Setting(
            "JWT_SECRET",
            "GamePilot's signing secret, 32 bytes or more, to accept its tokens.",
            secret=True,
            may_be_file=True,
        ),
    ] = None
    jwt_admins: Annotated[
        Lines,
        Setting("GAMEPILOT_MON_JWT_ADMINS", "GamePilot user ids that are admins here, separated by commas."),
    ] = ()
    jwt_operators: Annotated[
        Lines, Setting("GAMEPILOT_MON_JWT_OPERATORS", "GamePilot user ids that are operators.")
    ] = ()
    jwt_viewers: Annotated[
        Lines, Setting("GAMEPILOT_MON_JWT_VIEWERS", "GamePilot user ids that are viewers.")
    ] = ()
    jwt_default_role: Annotated[
        Literal["none", "viewer", "operator", "admin", "ingest"],
        choice("none", "viewer", "operator", "admin", "ingest"),
        Setting(
            "GAMEPILOT_MON_JWT_DEFAULT_ROLE",
            "Role of every other GamePilot token: `none`, `viewer`, `operator`, `admin` or `ingest`.",
        ),
    ] = "none"

    gamepilot_url: Annotated[
        BaseUrl | None, Setting("GAMEPILOT_URL", "GamePilot's base address, for the reachability check.")
    ] = None
    gamepilot_database_url: Annotated[
        DatabaseUrl | None,
        Setting(
            "GAMEPILOT_DATABASE_URL",
            "GamePilot's database, read and never written: `sqlite:///…` or `postgresql://…` (extra `postgresql`).",
            may_be_file=True,
        ),
    ] = None
    ssrf_allow: Annotated[
        Networks,
        Setting(
            "GAMEPILOT_MON_SSRF_ALLOW",
            "Private networks that checks and channels may reach, as CIDR, separated by commas.",
        ),
    ] = ()

    log_format: Annotated[
        Literal["text", "json"],
        choice("text", "json"),
        Setting("GAMEPILOT_MON_LOG_FORMAT", "`text` or `json`."),
    ] = "text"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error", "critical"],
        choice("debug", "info", "warning", "error", "critical"),
        Setting("GAMEPILOT_MON_LOG_LEVEL", "`debug`, `info`, `warning`, `error` or `critical`."),
    ] = "info"
    plugins_dir: Annotated[
        Folder | None, Setting("GAMEPILOT_MON_PLUGINS_DIR", "Folder of plugin files to load.")
    ] = None


def setting_of(attribute: str) -> Setting:
    return next(mark for mark in Fields.model_fields[attribute].metadata if isinstance(mark, Setting))


def variable_name(attribute: str) -> str:
    return setting_of(attribute).name

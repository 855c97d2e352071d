"""The fields of a rule, by its kind: one for each member of its document."""

from gamepilot_mon.queries import STATISTICS
from gamepilot_mon.web.pages.fields import Field, Options

ROWS_MOST = 10  # pairs of windows of a burn-rate rule
PACE = ("long", "short", "factor", "severity")

SIGNALS: Options = (
    ("mood_selection", "Mood selections"), ("user_action", "User actions"),
    ("recommendation", "Recommendations"),
)  # fmt: skip
OPERATORS: Options = (
    (">", "above (>)"), (">=", "at or above (≥)"), ("<", "below (<)"), ("<=", "at or below (≤)"),
)  # fmt: skip
NO_DATA: Options = (
    ("ignore", "Nothing changes"), ("keep", "Keep the alert open"), ("alert", "Alert: silence is trouble"),
)  # fmt: skip

DURATION = "For example 30s, 5m or 1h30m."

WHEN = (
    Field("for", "Fires after", hint="How long it must be breached first: 0, 3m …"),
    Field("clearFor", "Ends after", hint="How long it must be well again first."),
    Field("minSamples", "Samples at least", "number", "With fewer it says nothing."),
    Field("noData", "Without data", "select", options=NO_DATA),
)
WHICH = (
    Field("matchers", "Only where", "lines", "One condition a line, such as operation=payment.", wide=True),
    Field("by", "One alert for each", hint="Names of labels, such as operation or queue.", wide=True),
)
ABOUT = (
    Field("description", "Description", hint="Begins the message of its alerts.", wide=True),
    Field("labels", "Labels of its alerts", "lines", "One name=value a line.", wide=True),
    Field("enabled", "Enabled", "check", "An alert that is open ends when the rule is switched off."),
)

Sections = tuple[tuple[str, tuple[Field, ...]], ...]

THRESHOLD: Sections = (
    (
        "What is measured",
        (
            Field("metric", "Metric", suggestions="metrics", wide=True),
            Field("statistic", "Statistic", "select", options=tuple((each, each) for each in STATISTICS)),
            Field("per", "Divided by", hint="A metric; with the statistic ratio.", suggestions="metrics"),
            Field("window", "Window", hint=DURATION),
            *WHICH,
        ),
    ),
    (
        "When it is trouble",
        (
            Field("operator", "Trouble is", "select", options=OPERATORS),
            Field("warning", "Warning", "number"),
            Field("critical", "Critical", "number"),
            Field("clear", "Clear", "number", "It ends at this value; at the mildest threshold when empty."),
            *WHEN,
        ),
    ),
    ("About it", ABOUT),
)
BURN_RATE: Sections = (
    (
        "The objective",
        (
            Field("objective", "Good at least", "number", "A share, such as 0.999."),
            Field("total", "Of all", suggestions="metrics"),
            Field("bad", "Bad are", hint="A metric; failed operations when empty.", suggestions="metrics"),
            Field("good", "Or good are", hint="A metric, instead of what is bad.", suggestions="metrics"),
            *WHICH,
        ),
    ),
    ("When it is trouble", WHEN),
    ("About it", ABOUT),
)
RHYTHM: Sections = (
    (
        "What is counted",
        (
            Field("metric", "Signal", "select", options=SIGNALS),
            Field("window", "Window", hint="From 5m to 1d, in steps of 5m."),
            Field("weeks", "Weeks to compare with", "number", "From 2 to 8."),
            Field("zone", "Time zone", hint="On whose clock it is the same hour.", suggestions="zones"),
        ),
    ),
    (
        "When it is trouble",
        (
            Field(
                "direction", "Trouble is", "select", options=(("low", "too few"), ("high", "too many"))
            ),
            Field("warning", "Warning", "number", "Usual deviations from what is usual."),
            Field("critical", "Critical", "number", "Usual deviations, too."),
            *(field if field.name != "minSamples" else Field(
                "minSamples", "Past weeks at least", "number", "With fewer it says nothing."
            ) for field in WHEN),
        ),
    ),
    ("About it", ABOUT),
)  # fmt: skip

KINDS: dict[str, Sections] = {"threshold": THRESHOLD, "burn_rate": BURN_RATE, "rhythm": RHYTHM}
NAMED = {"threshold": "Threshold", "burn_rate": "Burn rate", "rhythm": "Rhythm", "built_in": "Built in"}
SAID_OF_KINDS = {
    "threshold": "A figure over a window is too high, or too low.",
    "burn_rate": "An error budget is spent too fast for its objective.",
    "rhythm": "Much less, or more, happens than is usual at this hour of the week.",
}

EACH_MINIMUM = Field(
    "minSamples",
    "Samples at least",
    "number",
    "With fewer it says nothing. Shared by all the built-in rules.",
)
STATISTIC = Field(
    "responseTimeStatistic", "Statistic", "select",
    options=(("mean", "mean"), ("p50", "p50"), ("p95", "p95"), ("p99", "p99")),
)  # fmt: skip


def built_in(name: str) -> Sections:
    """Nothing can be changed of the two in which each fact counts."""
    rungs = (Field("warning", "Warning", "number"), Field("critical", "Critical", "number"))
    more: dict[str, tuple[Field, ...]] = {
        "error_rate": (*rungs, EACH_MINIMUM),
        "success_rate": (*rungs, EACH_MINIMUM),
        "response_time": (*rungs, STATISTIC, EACH_MINIMUM),
        "slow_queries": rungs,
    }
    return (("When it is trouble", more[name]),) if name in more else ()


def fields_of(sections: Sections) -> list[Field]:
    return [field for _, fields in sections for field in fields]

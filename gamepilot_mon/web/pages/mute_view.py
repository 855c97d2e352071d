"""What the page of silences and maintenance shows: what is muted now, the calendar, the lists, a draft."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel

from gamepilot_mon import maintenance, mute_calendar, recurrence, silences
from gamepilot_mon.clock import format_duration, iso, parse_iso, time_zone
from gamepilot_mon.models import Alert, Maintenance, Silence
from gamepilot_mon.mutes import Matcher, Span
from gamepilot_mon.web.pages.mute_drafts import Draft

NEXT = 5
IN_A_DAY = 4  # shown of each day; the rest is counted
LISTED = 200  # that hold or will; of what is over the newest ENDED
ENDED = 20
MATCHED_SHOWN = 5


class View(BaseModel):
    """Which days the calendar shows, on whose clock, and which form is open."""

    span: Literal["week", "month"] = "month"
    day: str = ""
    tz: str = "UTC"
    form: Literal["", "silence", "window"] = ""

    @property
    def zone(self) -> ZoneInfo:
        try:
            return time_zone(self.tz)
        except ValueError:
            return ZoneInfo("UTC")

    def date(self, now: int) -> date:
        today = datetime.fromtimestamp(now / 1000, self.zone).date()
        try:
            asked = date.fromisoformat(self.day)
        except ValueError:
            return today
        return asked if 1970 < asked.year < 2200 else today


def build(view: View, draft: Draft | None, now: int) -> dict[str, Any]:
    alerts = list(Alert.select().where(Alert.standing()).order_by(Alert.id))
    return {
        "view": view, "draft": draft,
        "open_now": len(alerts), "muting": _muting(alerts, now), "calendar": _calendar(view, now),
        "entries": _entries(now), "ended": _ended(now),
        "effect": _effect(draft, alerts, now) if draft else None,
        "zones": sorted(available_timezones()) if draft else [],
    }  # fmt: skip


def _muting(alerts: Sequence[Alert], now: int) -> list[dict[str, Any]]:
    """What holds messages back now, and of how many alerts."""
    return [
        {**_span(span), "alerts": len(silences.matched(span.matchers, alerts))}
        for span in sorted(mute_calendar.now_muting(now), key=lambda span: span.ends_at)
    ]


def _span(span: Span) -> dict[str, Any]:
    return {
        "kind": span.kind, "id": span.id, "reason": span.reason, "author": span.author,
        "matchers": _words(span.matchers), "starts": iso(span.starts_at), "ends": iso(span.ends_at),
    }  # fmt: skip


def _words(matchers: Sequence[Matcher]) -> list[str]:
    return [f"{matcher.name}{matcher.operator}{matcher.value}" for matcher in matchers]


def _entries(now: int) -> list[dict[str, Any]]:
    """What holds now or will."""
    rows = Silence.select().where(Silence.ends_at > now).order_by(Silence.starts_at).limit(LISTED)
    windows = Maintenance.select().where(Maintenance.ends_at.is_null() | (Maintenance.ends_at > now))
    found = [_silence(row, now) for row in rows]
    found += [_window(row, now) for row in windows.order_by(Maintenance.id).limit(LISTED)]
    return sorted(found, key=lambda each: (each["state"] != "active", each["next"] or each["starts"]))


def _ended(now: int) -> list[dict[str, Any]]:
    rows = Silence.select().where(Silence.ends_at <= now).order_by(Silence.ends_at.desc()).limit(ENDED)
    windows = Maintenance.select().where(Maintenance.ends_at <= now).order_by(Maintenance.ends_at.desc())
    found = [*(_silence(row, now) for row in rows), *(_window(row, now) for row in windows.limit(ENDED))]
    return sorted(found, key=lambda each: each["ends"], reverse=True)[:ENDED]


def _silence(row: Silence, now: int) -> dict[str, Any]:
    state = "ended" if row.ends_at <= now else "pending" if row.starts_at > now else "active"
    return {
        **_span(silences.span(row)),
        "state": state,
        "cron": None,
        "zone": None,
        "lasts": None,
        "next": None,
    }


def _window(row: Maintenance, now: int) -> dict[str, Any]:
    following = maintenance.next_start(row, now)
    return {
        "kind": "maintenance", "id": row.id, "reason": row.reason, "author": row.author,
        "matchers": ["".join(parts) for parts in row.matchers], "starts": iso(row.starts_at),
        "ends": iso(row.ends_at) if row.ends_at is not None else None, "state": maintenance.state(row, now),
        "cron": row.cron, "zone": row.zone, "lasts": format_duration(row.duration_ms),
        "next": iso(following) if following is not None else None,
    }  # fmt: skip


def _effect(draft: Draft, alerts: Sequence[Alert], now: int) -> dict[str, Any]:
    """What the draft would do: which open alerts it matches, until when, and when it comes the next times."""
    held = (
        silences.matched(draft.matchers, alerts) if _is_said(draft) and draft.matchers is not None else None
    )
    return {
        "matched": len(held) if held is not None else None,
        "shown": [
            {"id": alert.id, "severity": alert.severity, "message": alert.message}
            for alert in (held or [])[:MATCHED_SHOWN]
        ],
        "until": iso(now + draft.silence.forMs) if draft.silence else None,
        "next": list(_next(draft, now)),
    }  # fmt: skip


def _is_said(draft: Draft) -> bool:
    """A silence without conditions is not written yet; a window without any mutes everything."""
    return bool(draft.matchers) or draft.kind == "window"


def _next(draft: Draft, now: int) -> Iterator[dict[str, str]]:
    wanted = draft.window
    if wanted is None:
        return
    begins = parse_iso(wanted.startsAt) if wanted.startsAt else now
    zone = time_zone(wanted.zone or draft.values["zone"] or "UTC")
    last = parse_iso(wanted.endsAt) if wanted.endsAt else None
    for start in _starts(wanted.cron, zone.key, begins, now):
        if last is not None and start >= last:
            return
        yield {"from": _there(start, zone), "to": _there(start + wanted.forMs, zone), "at": iso(start)}


def _starts(cron: str | None, zone: str, begins: int, now: int) -> list[int]:
    if cron is None:
        return [begins]
    found: list[int] = []
    at: int | None = max(now, begins - 1)
    while len(found) < NEXT and at is not None and (at := recurrence.next_start(cron, zone, at)) is not None:
        found.append(at)
    return found


def _there(ms: int, zone: ZoneInfo) -> str:
    """`Sun 2026-11-29 03:00 +01:00`."""
    moment = datetime.fromtimestamp(ms // 1000, zone)
    offset = moment.strftime("%z")
    return f"{moment:%a %Y-%m-%d %H:%M} {offset[:3]}:{offset[3:]}"


def _calendar(view: View, now: int) -> dict[str, Any]:
    zone, day = view.zone, view.date(now)
    first, days = _range(view.span, day)
    edges = [_midnight(first + timedelta(days=n), zone) for n in range(days + 1)]
    spans = mute_calendar.spans(edges[0], edges[-1])
    today = datetime.fromtimestamp(now / 1000, zone).date()
    cells = [
        _cell(first + timedelta(days=n), edges[n], edges[n + 1], spans, zone, day, today, view.span)
        for n in range(days)
    ]
    before, after = _neighbours(view.span, day)
    return {
        "weeks": [cells[n : n + 7] for n in range(0, days, 7)], "before": before.isoformat(),
        "after": after.isoformat(), "title": f"{day:%B %Y}" if view.span == "month" else _week_title(first),
        "zone": zone.key, "day": day.isoformat(),
    }  # fmt: skip


def _week_title(first: date) -> str:
    return f"{first:%d %b} – {first + timedelta(days=6):%d %b %Y}"


def _range(span: str, day: date) -> tuple[date, int]:
    """The first day that is shown, a Monday, and how many days."""
    if span == "week":
        return day - timedelta(days=day.weekday()), 7
    first = day.replace(day=1)
    start = first - timedelta(days=first.weekday())
    following = (first + timedelta(days=32)).replace(day=1)
    return start, -(-(following - start).days // 7) * 7


def _neighbours(span: str, day: date) -> tuple[date, date]:
    if span == "week":
        return day - timedelta(days=7), day + timedelta(days=7)
    first = day.replace(day=1)
    return (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=32)).replace(day=1)


def _midnight(day: date, zone: ZoneInfo) -> int:
    """The day begins where its zone says so: it lasts 23 or 25 hours when the clocks change."""
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)


def _cell(
    day: date, start: int, end: int, spans: Sequence[Span], zone: ZoneInfo, asked: date, today: date, shown: str
) -> dict[str, Any]:  # fmt: skip
    inside = [span for span in spans if span.starts_at < end and span.ends_at > start]
    most = len(inside) if shown == "week" else IN_A_DAY
    return {
        "date": day.isoformat(), "number": day.day, "name": f"{day:%a}", "is_today": day == today,
        "is_other": shown == "month" and day.month != asked.month, "more": max(0, len(inside) - most),
        "spans": [{**_span(span), "when": _when(span, start, end, zone)} for span in inside[:most]],
    }  # fmt: skip


def _when(span: Span, start: int, end: int, zone: ZoneInfo) -> str:
    """Of that day, on its clock; an end beyond the day is left open."""
    if span.starts_at <= start and span.ends_at >= end:
        return ""
    since = "" if span.starts_at < start else f"{datetime.fromtimestamp(span.starts_at / 1000, zone):%H:%M}"
    until = "" if span.ends_at > end else f"{datetime.fromtimestamp(span.ends_at / 1000, zone):%H:%M}"
    return f"{since}–{until}"

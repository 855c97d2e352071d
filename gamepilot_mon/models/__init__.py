"""The tables, one a file."""

from gamepilot_mon.models.active_user import ActiveUser
from gamepilot_mon.models.alert import Alert
from gamepilot_mon.models.attempt import Attempt
from gamepilot_mon.models.audit_entry import AuditEntry
from gamepilot_mon.models.broadcast import Broadcast
from gamepilot_mon.models.channel_state import ChannelState
from gamepilot_mon.models.check import Check
from gamepilot_mon.models.config_version import ConfigVersion
from gamepilot_mon.models.counter import Counter
from gamepilot_mon.models.cursor import Cursor
from gamepilot_mon.models.day_users import DayUsers
from gamepilot_mon.models.erasure import Erasure
from gamepilot_mon.models.error_action import ErrorAction
from gamepilot_mon.models.error_group import ErrorGroup
from gamepilot_mon.models.error_hour import ErrorHour
from gamepilot_mon.models.error_sample import ErrorSample
from gamepilot_mon.models.error_user import ErrorUser
from gamepilot_mon.models.error_version import ErrorVersion
from gamepilot_mon.models.event import Event
from gamepilot_mon.models.event_stretch import EventStretch
from gamepilot_mon.models.explanation import Explanation
from gamepilot_mon.models.fact import Fact
from gamepilot_mon.models.feed_item import FeedItem
from gamepilot_mon.models.incident import Incident
from gamepilot_mon.models.incident_note import IncidentNote
from gamepilot_mon.models.launch_step import LaunchStep
from gamepilot_mon.models.maintenance import Maintenance
from gamepilot_mon.models.mood_step import MoodStep
from gamepilot_mon.models.note import Note
from gamepilot_mon.models.notification import Notification
from gamepilot_mon.models.observation import Observation
from gamepilot_mon.models.process import Process
from gamepilot_mon.models.push_result import PushResult
from gamepilot_mon.models.push_subscription import PushSubscription
from gamepilot_mon.models.recovery_code import RecoveryCode
from gamepilot_mon.models.release import Release
from gamepilot_mon.models.rollup import Rollup
from gamepilot_mon.models.rule import StoredRule
from gamepilot_mon.models.rule_version import RuleVersion
from gamepilot_mon.models.second_factor import SecondFactor
from gamepilot_mon.models.seen_version import SeenVersion
from gamepilot_mon.models.series import Series
from gamepilot_mon.models.session import Session
from gamepilot_mon.models.shown_step import ShownStep
from gamepilot_mon.models.sign_in_link import SignInLink
from gamepilot_mon.models.silence import Silence
from gamepilot_mon.models.source_cursor import SourceCursor
from gamepilot_mon.models.source_excess import SourceExcess
from gamepilot_mon.models.source_problem import SourceProblem
from gamepilot_mon.models.source_series import SourceSeries
from gamepilot_mon.models.tally import Tally
from gamepilot_mon.models.tally_name import TallyName
from gamepilot_mon.models.token import Token
from gamepilot_mon.models.user import User

TABLES = (
    ActiveUser, Alert, Attempt, Broadcast, ChannelState, Check, ConfigVersion, Counter, Cursor, DayUsers,
    Erasure, ErrorAction, ErrorGroup, ErrorHour, ErrorSample, ErrorUser, ErrorVersion, Event, Explanation,
    Fact, FeedItem, Incident, IncidentNote, LaunchStep, Maintenance, MoodStep, Note, Notification,
    Observation, Process, PushResult, PushSubscription, Release, Rollup, RuleVersion, SeenVersion, Series,
    Session, ShownStep, SignInLink, Silence, SourceCursor, SourceExcess, SourceProblem, SourceSeries,
    StoredRule, Tally, TallyName, Token, User,
    AuditEntry, RecoveryCode, SecondFactor,
)  # fmt: skip

__all__ = [
    "TABLES",
    "ActiveUser",
    "Alert",
    "Attempt",
    "AuditEntry",
    "Broadcast",
    "ChannelState",
    "Check",
    "ConfigVersion",
    "Counter",
    "Cursor",
    "DayUsers",
    "Erasure",
    "ErrorAction",
    "ErrorGroup",
    "ErrorHour",
    "ErrorSample",
    "ErrorUser",
    "ErrorVersion",
    "Event",
    "EventStretch",
    "Explanation",
    "Fact",
    "FeedItem",
    "Incident",
    "IncidentNote",
    "LaunchStep",
    "Maintenance",
    "MoodStep",
    "Note",
    "Notification",
    "Observation",
    "Process",
    "PushResult",
    "PushSubscription",
    "RecoveryCode",
    "Release",
    "Rollup",
    "RuleVersion",
    "SecondFactor",
    "SeenVersion",
    "Series",
    "Session",
    "ShownStep",
    "SignInLink",
    "Silence",
    "SourceCursor",
    "SourceExcess",
    "SourceProblem",
    "SourceSeries",
    "StoredRule",
    "Tally",
    "TallyName",
    "Token",
    "User",
]

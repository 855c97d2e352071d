"""The tables, one a file."""

from gamepilot_mon.models.alert import Alert
from gamepilot_mon.models.attempt import Attempt
from gamepilot_mon.models.broadcast import Broadcast
from gamepilot_mon.models.channel_state import ChannelState
from gamepilot_mon.models.check import Check
from gamepilot_mon.models.config_version import ConfigVersion
from gamepilot_mon.models.cursor import Cursor
from gamepilot_mon.models.event import Event
from gamepilot_mon.models.explanation import Explanation
from gamepilot_mon.models.fact import Fact
from gamepilot_mon.models.feed_item import FeedItem
from gamepilot_mon.models.incident import Incident
from gamepilot_mon.models.incident_note import IncidentNote
from gamepilot_mon.models.maintenance import Maintenance
from gamepilot_mon.models.note import Note
from gamepilot_mon.models.notification import Notification
from gamepilot_mon.models.observation import Observation
from gamepilot_mon.models.process import Process
from gamepilot_mon.models.rollup import Rollup
from gamepilot_mon.models.rule import StoredRule
from gamepilot_mon.models.rule_version import RuleVersion
from gamepilot_mon.models.series import Series
from gamepilot_mon.models.session import Session
from gamepilot_mon.models.sign_in_link import SignInLink
from gamepilot_mon.models.silence import Silence
from gamepilot_mon.models.source_cursor import SourceCursor
from gamepilot_mon.models.source_problem import SourceProblem
from gamepilot_mon.models.token import Token
from gamepilot_mon.models.user import User

TABLES = (
    Alert, Attempt, Broadcast, ChannelState, Check, ConfigVersion, Cursor, Event, Explanation, Fact, FeedItem,
    Incident, IncidentNote, Maintenance, Note, Notification, Observation, Process, Rollup, RuleVersion, Series,
    Session, SignInLink, Silence, SourceCursor, SourceProblem, StoredRule, Token, User,
)  # fmt: skip

__all__ = [
    "TABLES",
    "Alert",
    "Attempt",
    "Broadcast",
    "ChannelState",
    "Check",
    "ConfigVersion",
    "Cursor",
    "Event",
    "Explanation",
    "Fact",
    "FeedItem",
    "Incident",
    "IncidentNote",
    "Maintenance",
    "Note",
    "Notification",
    "Observation",
    "Process",
    "Rollup",
    "RuleVersion",
    "Series",
    "Session",
    "SignInLink",
    "Silence",
    "SourceCursor",
    "SourceProblem",
    "StoredRule",
    "Token",
    "User",
]

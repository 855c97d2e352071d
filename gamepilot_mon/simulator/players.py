"""Who plays, in which mood, and what: the people and the games of the simulated GamePilot.

Everything is a pure function of the seed and the time, so that no state has to be carried along.
"""

import random
import zlib
from dataclasses import dataclass
from itertools import accumulate

HOUR = 3_600_000
DAY = 24 * HOUR
MOOD_LASTS_MS = 2 * HOUR
PLAYERS = 120

ACTIONS = ("launch", "ignore", "view", "wishlist", "rate", "switch_mood", "session_complete")

# What people do depends on how they feel: weights in the order of ACTIONS.
ACTION_WEIGHTS: dict[str, tuple[int, ...]] = {
    "low-energy": (2, 8, 9, 3, 1, 4, 1),
    "high-energy": (10, 2, 4, 2, 2, 2, 5),
    "deep-focus": (7, 1, 2, 1, 2, 1, 10),
    "social": (8, 2, 5, 3, 6, 2, 4),
    "creative": (6, 2, 7, 5, 3, 2, 5),
    "exploratory": (4, 3, 12, 9, 2, 5, 1),
    "competitive": (12, 1, 2, 1, 4, 1, 8),
    "immersive": (8, 1, 3, 2, 2, 1, 9),
}
MOODS = tuple(ACTION_WEIGHTS)
ACTION_STEPS = {mood: list(accumulate(weights)) for mood, weights in ACTION_WEIGHTS.items()}

# How strongly a mood is usually felt, and how often its suggestions are taken.
INTENSITY = dict(zip(MOODS, (0.35, 0.8, 0.75, 0.6, 0.65, 0.5, 0.85, 0.7), strict=True))
CLICK_RATIO = dict(zip(MOODS, (0.18, 0.42, 0.38, 0.36, 0.34, 0.3, 0.46, 0.44), strict=True))

_FIRST = ("amber", "brisk", "cobalt", "dusty", "ember", "frosty", "gilded", "hollow", "ivory", "jade")
_SECOND = ("badger", "comet", "dryad", "falcon", "golem", "heron", "lynx", "otter", "raven", "sphinx")
_TITLES: dict[str, tuple[str, ...]] = {
    "low-energy": ("Teahouse Days", "Slow River", "Pocket Orchard", "Drift Lanterns"),
    "high-energy": ("Turbo Alley", "Neon Sprint", "Bounce Brigade", "Rocket Picnic"),
    "deep-focus": ("Clockwork Vault", "Prime Sequence", "Signal Garden", "Nine Locks"),
    "social": ("Kitchen Uproar", "Campfire Quiz", "Sofa League", "Parcel Panic"),
    "creative": ("Block Atelier", "Tiny Theatre", "Paper Skyline", "Loom and Ink"),
    "exploratory": ("Far Meridian", "Moss Cartographer", "Deep Shelf", "Thousand Doors"),
    "competitive": ("Ironbound Arena", "Grid Duel", "Last Serve", "Crown of Rivals"),
    "immersive": ("Ashen Saga", "Winterhold Letters", "The Long Orbit", "House of Tides"),
}


@dataclass(frozen=True, slots=True)
class Game:
    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Player:
    """`favourites` are the moods that this person is mostly in, the commonest first."""

    id: str
    username: str
    favourites: tuple[str, ...]
    joined_days_ago: int

    @property
    def email(self) -> str:
        return f"{self.username}@players.example"


GAMES: dict[str, tuple[Game, ...]] = {
    mood: tuple(Game(title.lower().replace(" ", "-"), title) for title in titles)
    for mood, titles in _TITLES.items()
}


def players(seed: int) -> tuple[Player, ...]:
    """The people of this seed, always the same."""
    draw = random.Random(f"{seed}:players")
    return tuple(_player(number, draw) for number in range(1, PLAYERS + 1))


def _player(number: int, draw: random.Random) -> Player:
    name = f"{draw.choice(_FIRST)}-{draw.choice(_SECOND)}-{number}"
    return Player(f"user-{number:03d}", name, tuple(draw.sample(MOODS, 4)), draw.randint(1, 700))


def mood_of(player: Player, seed: int, at_ms: int) -> str:
    """The mood of a person at a time: one of the favourites, kept for two hours."""
    roll = zlib.crc32(f"{seed}:{player.id}:{at_ms // MOOD_LASTS_MS}".encode()) % 10
    return player.favourites[(0, 0, 0, 0, 0, 1, 1, 1, 2, 3)[roll]]


def session_of(user_id: str, timestamp: str) -> str:
    """The play session of a person at an ISO time: one an hour."""
    return f"{user_id}-{timestamp[:13].replace('T', '-')}"

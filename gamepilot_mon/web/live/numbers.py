"""The live feed in numbers, for Prometheus: who listens, what was sent, and how late."""

from collections import Counter
from collections.abc import Iterable

from gamepilot_mon.web.live.client import Client, names
from gamepilot_mon.web.metrics import Family, Histogram

# From 5 ms, a send to a few hundred, to 10 s, where a person reloads the page.
DELAYS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Numbers:
    """Of one process, and only what it has seen: counters begin at 0 with it."""

    def __init__(self) -> None:
        self.opened = 0
        self.stuck = 0  # dropped because their socket took nothing for too long
        self.sent = 0  # items handed to sockets, one for each client
        self.delays = Histogram(
            "live_delivery_seconds", "From an item's time until every client that is level was written to.",
            DELAYS_S,
        )  # fmt: skip

    def families(self, clients: Iterable[Client]) -> list[Family]:
        present = list(clients)
        by_transport = Counter(client.protocol.transport for client in present)
        by_topic = Counter(topic for client in present for topic in names(client.topics))
        behind = sum(client.cursor is not None for client in present)
        return [
            Family("live_clients", "gauge", "Clients of the live feed.", _each("transport", by_transport)),
            Family("live_subscriptions", "gauge", "Topics that clients listen to.", _each("topic", by_topic)),
            Family(
                "live_clients_behind", "gauge", "Clients that are not level with the log.", [({}, behind)]
            ),
            Family("live_connections_total", "counter", "Connections ever taken.", [({}, self.opened)]),
            Family(
                "live_dropped_total", "counter", "Dropped: read nothing for too long.", [({}, self.stuck)]
            ),
            Family("live_items_sent_total", "counter", "Items handed to sockets at once.", [({}, self.sent)]),
            self.delays.family(),
        ]


def _each(label: str, counted: Counter[str]) -> list[tuple[dict[str, str], float]]:
    return [({label: name}, float(count)) for name, count in sorted(counted.items())]

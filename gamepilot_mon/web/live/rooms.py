"""Who hears what: clients in rooms by protocol and topics, so that a batch is put together once a room."""

from collections import Counter
from collections.abc import Iterator

from gamepilot_mon.auth.principals import Principal
from gamepilot_mon.web.live.client import Client, Protocol


class Rooms:
    """Counts as well: by address for the limit, by principal for the look at who is still allowed."""

    def __init__(self) -> None:
        self._rooms: dict[tuple[Protocol, int], dict[Client, None]] = {}
        self.by_address: Counter[str] = Counter()
        self._principals: dict[Principal, Principal] = {}
        self._uses: Counter[Principal] = Counter()

    def __iter__(self) -> Iterator[tuple[Protocol, int, list[Client]]]:
        for (protocol, topics), members in list(self._rooms.items()):
            yield protocol, topics, list(members)

    def clients(self) -> list[Client]:
        return [client for members in list(self._rooms.values()) for client in members]

    def strangers(self) -> list[Client]:
        """Those that are not signed in yet."""
        return [client for protocol, _, members in self if not protocol.transport for client in members]

    def principals(self) -> list[Principal]:
        return list(self._principals)

    def share(self, principal: Principal) -> Principal:
        """The one object that stands for all equal ones: a thousand tabs of one user keep one."""
        shared = self._principals.setdefault(principal, principal)
        self._uses[shared] += 1
        return shared

    def unshare(self, principal: Principal) -> None:
        self._uses[principal] -= 1
        if self._uses[principal] <= 0:
            del self._uses[principal], self._principals[principal]

    def enter(self, client: Client) -> None:
        self._rooms.setdefault((client.protocol, client.topics), {})[client] = None

    def leave(self, client: Client) -> None:
        key = (client.protocol, client.topics)
        members = self._rooms.get(key, {})
        members.pop(client, None)
        if not members:
            self._rooms.pop(key, None)

    def move(self, client: Client, topics: int) -> None:
        self.leave(client)
        client.topics = topics
        self.enter(client)

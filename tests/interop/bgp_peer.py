"""What all BGP peers of a hub have in common.

Peer number N lives at the far end of its own wire: 10.99.N.2 and 2001:db8:99:N::2, the hub at .1.
10.99.N.3 is there, too: a second next hop.
It announces its `prefixes`, each with attributes that name it, and whatever is in `more`.
"""

import os
import signal
from dataclasses import dataclass, replace
from pathlib import Path

HUB_AS = 4200000000
FAMILIES = ("ipv4", "ipv6")
AS_TRANS = 23456  # RFC 6793: who has no four-octet AS numbers knows others by this one


@dataclass(frozen=True)
class Route:
    """A path as somebody sees it."""

    as_path: tuple = ()
    communities: frozenset = frozenset()
    large_communities: frozenset = frozenset()
    med: int = None
    extended_communities: frozenset = frozenset()

    def without_med(self):
        """The same without its MED."""
        return replace(self, med=None)


@dataclass(frozen=True)
class Announcement:
    """An IPv4 path that is told beside the common ones, the second of its prefix, too."""

    prefix: str
    next_hop: str
    bandwidth: int = 0  # Mbit/s, as a link bandwidth community


@dataclass(frozen=True)
class Session:
    """What a peer's end of the session has beyond a plain one."""

    password: str = ""
    ttl_security: bool = False
    add_paths: bool = False  # it sends several paths of a prefix
    over_ipv6: bool = False  # one session for both families, between IPv6 addresses
    four_octet_as: bool = True  # else as the oldest of peers (RFC 6793)
    families: tuple = FAMILIES
    lines: tuple = ()        # more of it, in the peer's own words
    beside: str = ""         # and what these lines ask for


class Peer:
    """What all have in common. `number` makes addresses, AS and attributes."""

    number = 0
    autonomous_system = 0
    hub_as = HUB_AS
    session = Session()
    keeps_state = True  # its routes outlive its crash (RFC 4724, the restarting side)
    is_complete = True  # after that it sends End-of-RIB when it has told all, not before
    is_helper = True  # it keeps the hub's routes over a crash of the hub

    def __init__(self, namespace, folder):
        self.namespace, self.folder = namespace, Path(folder)
        self.address, self.hub4 = f"10.99.{self.number}.2", f"10.99.{self.number}.1"
        self.address6, self.hub6 = (f"2001:db8:99:{self.number}::{host}" for host in (2, 1))
        self.second_address = f"10.99.{self.number}.3"
        self.community = f"65001:{self.number}"
        self.large = f"4200000000:{self.number}:1"
        self.route_target = f"65001:{self.number}"
        self.med = 10 * self.number
        # What it announces at present, in its configuration at its next start, too.
        self.prefixes = {
            "ipv4": [f"198.{second}.{self.number}.0/24" for second in (51, 52, 53)],
            "ipv6": [f"2001:db8:{self.number}{second}::/48" for second in (51, 52, 53)]}
        self.more = []

    @property
    def hub(self):
        """The hub's address of the session."""
        return self.hub6 if self.session.over_ipv6 else self.hub4

    @property
    def remote_as(self):
        """Its AS as the hub is told it."""
        plain = self.session.four_octet_as or self.autonomous_system < 1 << 16
        return self.autonomous_system if plain else AS_TRANS

    def next_hop(self, family):
        """Its own address of a family; over IPv6, of that for both."""
        v4 = family == "ipv4" and not self.session.over_ipv6
        return self.address if v4 else self.address6

    def neighbors(self):
        """Its address of a session -> the families on it."""
        return {self.address6 if self.session.over_ipv6 else self.address: self.session.families}

    def neighbor(self, family):
        """Its address of the session that carries a family."""
        return next((address for address, families in self.neighbors().items()
                     if family in families), None)

    def updates_counted(self, address):
        """UPDATE messages sent and received on its session at that address, as it counts them."""
        raise NotImplementedError(f"{type(self).__name__} does not count them")

    def prefixes_counted(self, family):
        """Prefixes sent and received, as it counts them; None where it does not."""
        raise NotImplementedError

    def shut_down(self, message):
        """Ends its sessions with that message (RFC 9003), until come_back()."""
        raise NotImplementedError(f"{type(self).__name__} has no command for that")

    def come_back(self):
        """Begins its sessions again, at once."""

    def restart_sessions(self):
        """Ends them, if need be, and begins again."""
        raise NotImplementedError

    def has_heard(self, name, message=""):
        """Whether it says that the last session was ended by this Cease of the hub."""
        raise NotImplementedError

    def take_back(self, family):
        """Withdraws one of its routes."""
        self.withdraw(family, self.prefixes[family].pop())

    def crash(self):
        """Ends without a word, all of its processes at once."""
        os.killpg(self.process.pid(), signal.SIGKILL)
        self.process.kill()

    def seen_by_hub(self):
        """What the hub holds of it."""
        return Route((self.autonomous_system,), frozenset([self.community]),
                     frozenset([self.large]), self.med, frozenset([f"RT:{self.route_target}"]))

    def seen_by_others(self):
        """What the hub passes on: a MED does not go beyond the next AS (RFC 4271 5.1.4)."""
        return replace(self.seen_by_hub(), as_path=(HUB_AS, self.autonomous_system), med=None)

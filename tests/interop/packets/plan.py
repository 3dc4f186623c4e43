"""The network around the router under test: three ports, a host on each, networks behind the hosts.

Everything is the same for every router, so that one table of cases is for all of them.
"""

import ipaddress
from dataclasses import dataclass

MTU_OF_PORT_3 = 1280


@dataclass(frozen=True)
class Port:
    """A port of the router with its host."""

    number: int

    @property
    def name(self):
        """In the router's namespace."""
        return f"eth{self.number}"

    @property
    def wire(self):
        """The other end, in the tester's namespace."""
        return f"wire{self.number}"

    @property
    def mtu(self):
        """Octets of IP."""
        return MTU_OF_PORT_3 if self.number == 3 else 1500

    @property
    def mac(self):
        """The router's."""
        return f"02:00:00:00:00:0{self.number}"

    @property
    def host_mac(self):
        """The host's."""
        return f"02:00:00:00:01:0{self.number}"

    def own(self, family):
        """The router's address."""
        return f"10.1.{self.number}.1" if family == 4 else f"fd00:{self.number}::1"

    def host(self, family):
        """The host's address."""
        return f"10.1.{self.number}.2" if family == 4 else f"fd00:{self.number}::2"

    def subnet(self, family):
        """Of the link."""
        return f"10.1.{self.number}.0/24" if family == 4 else f"fd00:{self.number}::/64"

    def behind(self, family):
        """The network behind the host."""
        return f"10.2{self.number}.0.0/16" if family == 4 else f"2001:db8:2{self.number}::/48"


PORTS = tuple(Port(number) for number in (1, 2, 3))
# Behind the hosts of ports 2 and 3, by ECMP; dropped without a word; without a route; on the link
# of port 2 but nobody.
ECMP = {4: "10.24.0.0/16", 6: "2001:db8:24::/48"}
DISCARD = {4: "10.25.0.0/16", 6: "2001:db8:25::/48"}
NO_ROUTE = {4: "10.26.0.0/16", 6: "2001:db8:26::/48"}


def port(number):
    """The port of this number."""
    return PORTS[number - 1]


def address_in(network, number):
    """The `number`th address of a network."""
    return str(ipaddress.ip_network(network)[number])


def routes():
    """(prefix, [gateways]) of every static route but the discarded."""
    for family in (4, 6):
        for one in PORTS:
            yield one.behind(family), [one.host(family)]
        yield ECMP[family], [port(2).host(family), port(3).host(family)]

"""One file a group; each has NAME and cases(table)."""

from packets.groups import (arp, destinations, floods, fragments, icmp_rules, ipv4_header, ipv6_chains,
                            ipv6_header, ipv6_martians, link_layer, martians, mtu, neighbor_discovery,
                            options, short_transport, to_self, valid)

GROUPS = (valid, ipv4_header, options, fragments, mtu, martians, destinations, link_layer,
          short_transport, icmp_rules, to_self, arp, ipv6_header, ipv6_martians, ipv6_chains,
          neighbor_discovery, floods)

"""Routing tables for the benchmarks: always the same ones."""

import random

LENGTHS_V4 = [24] * 60 + [23] * 11 + [22] * 13 + [21] * 5 + [20] * 6 + [19] * 3 + [16] * 2
LENGTHS_V6 = [48] * 46 + [44] * 10 + [40] * 9 + [36] * 5 + [32] * 16 + [46] * 4 + [47] * 5 + [29] * 5


def cluster_v4(count):
    """As a router in front of clusters has them: service addresses and pod prefixes."""
    services = count * 4 // 5
    routes = [f"172.20.{index >> 8}.{index & 255}/32" for index in range(services)]
    routes += [f"10.{128 + (index >> 8)}.{index & 255}.0/24" for index in range(count - services)]
    return routes


def cluster_v6(count):
    services = count * 4 // 5
    routes = [f"2001:db8:f00d::{index + 1:x}/128" for index in range(services)]
    routes += [f"2001:db8:{index >> 8:x}:{index & 255:x}::/64" for index in range(count - services)]
    return routes


def internet_v4(count):
    """Prefixes all over the address space, with the lengths' shares of an Internet table."""
    source = random.Random(7)
    routes = set()
    while len(routes) < count:
        length = source.choice(LENGTHS_V4)
        address = source.randrange(11 << 24, 126 << 24) >> (32 - length) << (32 - length)
        octets = ".".join(str(address >> shift & 255) for shift in (24, 16, 8, 0))
        routes.add(f"{octets}/{length}")
    return sorted(routes)


def internet_v6(count):
    source = random.Random(11)
    blocks = [0x20000000 | source.getrandbits(28) for _ in range(max(count // 12, 16))]
    routes = set()
    while len(routes) < count:
        length = source.choice(LENGTHS_V6)
        address = source.choice(blocks) << 32 | source.getrandbits(32)
        address = address >> (64 - length) << (64 - length)
        words = ":".join(f"{address >> shift & 0xffff:x}" for shift in (48, 32, 16, 0))
        routes.add(f"{words}::/{length}")
    return sorted(routes)


def write(path, routes, egress):
    """In the form that l3fwd reads."""
    path.write_text("".join(
        f"R{route} {1 + index % egress}\n" for index, route in enumerate(routes)))

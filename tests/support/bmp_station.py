#!/usr/bin/python3
"""A BMP station (RFC 7854) that writes what it is told to a file, a JSON object a line.

    bmp_station.py ADDRESS PORT FILE

Its decoder has nothing in common with ours. One connection at a time; each begins with a line
{"kind": "connected"}. Whatever does not fit the RFC becomes a line {"kind": "error"}.
"""

import ipaddress
import json
import socket
import struct
import sys

KINDS = ("route-monitoring", "statistics", "peer-down", "peer-up", "initiation", "termination")
BGP_MARKER = b"\xff" * 16
STATISTICS = {7: ("adj-rib-in", "!Q"), 9: ("family-adj-rib-in", "!HBQ"),
              11: ("treated-as-withdraw", "!I")}


def prefixes(octets, version):
    """The prefixes of a field without path identifiers."""
    found, size = [], 4 if version == 4 else 16
    while octets:
        count = (octets[0] + 7) // 8
        network = octets[1:1 + count] + bytes(size - count)
        found.append(f"{ipaddress.ip_address(network)}/{octets[0]}")
        octets = octets[1 + count:]
    return found


def bgp_messages(octets):
    """(Type, body) of each of the messages, which follow each other."""
    while octets:
        if octets[:16] != BGP_MARKER:
            raise ValueError("no marker")
        size, kind = struct.unpack("!HB", octets[16:19])
        if size < 19 or size > len(octets):
            raise ValueError("BGP length")
        yield kind, octets[19:size]
        octets = octets[size:]


def attributes(octets):
    """Type -> value."""
    found = {}
    while octets:
        extended = bool(octets[0] & 0x10)
        kind = octets[1]
        size = struct.unpack("!H", octets[2:4])[0] if extended else octets[2]
        start = 4 if extended else 3
        if start + size > len(octets):
            raise ValueError("attribute length")
        found[kind] = octets[start:start + size]
        octets = octets[start + size:]
    return found


def update(body):
    """What an UPDATE announces, withdraws or ends."""
    size = struct.unpack("!H", body[:2])[0]
    withdrawn, rest = prefixes(body[2:2 + size], 4), body[2 + size:]
    size = struct.unpack("!H", rest[:2])[0]
    found, announced = attributes(rest[2:2 + size]), prefixes(rest[2 + size:], 4)
    end = "ipv4" if len(body) == 4 else None
    if 15 in found:
        afi, safi = struct.unpack("!HB", found[15][:3])
        gone = prefixes(found[15][3:], 4 if afi == 1 else 6)
        withdrawn += gone
        if not gone and len(found) == 1 and safi == 1:
            end = "ipv4" if afi == 1 else "ipv6"
    if 14 in found:
        afi, _, hop = struct.unpack("!HBB", found[14][:4])
        announced += prefixes(found[14][5 + hop:], 4 if afi == 1 else 6)
    path, as_path = found.get(2, b""), []
    while path:
        as_path += struct.unpack(f"!{path[1]}I", path[2:2 + 4 * path[1]])
        path = path[2 + 4 * path[1]:]
    return {"announced": announced, "withdrawn": withdrawn, "end": end, "as_path": as_path}


def peer_header(octets):
    """Whom a message is about."""
    kind, flags = octets[:2]
    if kind != 0:
        raise ValueError("peer type")
    address = octets[10:26] if flags & 0x80 else octets[22:26]
    number, router_id, seconds, micro = struct.unpack("!I4sII", octets[26:42])
    return {"peer": str(ipaddress.ip_address(address)), "as": number, "flags": flags,
            "router_id": str(ipaddress.ip_address(router_id)), "time": seconds + micro / 1e6}


def tlvs(octets):
    """Type -> value."""
    found = {}
    while octets:
        kind, size = struct.unpack("!HH", octets[:4])
        found[kind] = octets[4:4 + size]
        octets = octets[4 + size:]
    return found


def decode_peer_up(body):
    """Both ends and both OPENs."""
    opens = [(kind, octets) for kind, octets in bgp_messages(body[20:])]
    if [kind for kind, _ in opens] != [1, 1]:
        raise ValueError("not two OPENs")
    address = body[:16] if any(body[:12]) else body[12:16]
    local, remote = struct.unpack("!HH", body[16:20])
    # AS_TRANS in both where the AS has four octets: the identifiers tell them apart.
    return {"local": str(ipaddress.ip_address(address)), "local_port": local, "remote_port": remote,
            "sent_id": str(ipaddress.ip_address(opens[0][1][5:9])),
            "received_id": str(ipaddress.ip_address(opens[1][1][5:9]))}


def decode(octets):
    """A message as a dict."""
    kind = KINDS[octets[5]]
    body = octets[6:]
    if kind in ("initiation", "termination"):
        found = tlvs(body)
        if kind == "termination":
            return {"kind": kind, "reason": struct.unpack("!H", found[1])[0]}
        return {"kind": kind, "name": found[2].decode(), "description": found[1].decode()}
    message = {"kind": kind, **peer_header(body)}
    body = body[42:]
    if kind == "peer-up":
        return message | decode_peer_up(body)
    if kind == "peer-down":
        return message | {"reason": body[0]}
    if kind == "statistics":
        found = {name: 0 for name, _ in STATISTICS.values()}
        rest, count = body[4:], struct.unpack("!I", body[:4])[0]
        for _ in range(count):
            number, size = struct.unpack("!HH", rest[:4])
            name, form = STATISTICS[number]
            found[name] += struct.unpack(form, rest[4:4 + size])[-1]
            rest = rest[4 + size:]
        if rest:
            raise ValueError("more counters than their count")
        return message | found
    (bgp_kind, content), = bgp_messages(body)
    if bgp_kind != 2:
        raise ValueError("no UPDATE")
    return message | update(content)


def serve(connection, tell):
    """Until the other side ends it."""
    tell({"kind": "connected"})
    buffer = b""
    while piece := connection.recv(65536):
        buffer += piece
        while len(buffer) >= 6:
            if buffer[0] != 3:
                raise ValueError("version")
            size = struct.unpack("!I", buffer[1:5])[0]
            if len(buffer) < size:
                break
            tell(decode(buffer[:size]))
            buffer = buffer[size:]
    tell({"kind": "closed"})


def main():
    """One connection after the other."""
    address, port, file = sys.argv[1:]
    with open(file, "a", encoding="utf-8", buffering=1) as out:
        def tell(message):
            out.write(json.dumps(message) + "\n")
        with socket.create_server((address, int(port))) as listener:
            while True:
                connection, _ = listener.accept()
                with connection:
                    try:
                        serve(connection, tell)
                    except (ValueError, KeyError, IndexError, struct.error) as error:
                        tell({"kind": "error", "what": repr(error)})
                    except ConnectionError:
                        tell({"kind": "closed"})


if __name__ == "__main__":
    main()

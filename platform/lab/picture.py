"""A picture of a lab as it is now, as SVG: hosts, links with packets per second, sessions, routes."""

import json
import re
import shutil
import time
from dataclasses import dataclass
from xml.sax.saxutils import escape

from lab import invariants, observe, topology
from lab.shell import run
from lab.wait import until

MEASURE_SECONDS = 1.0
WIDTH = 1120
COLUMN = {"k8s-ctr": 150, "k8s-w1": 420, "k8s-w0": 690, topology.CLIENT: 960}
SWITCH_X = {"switch10": 285, "switch20": 690, "switch30": 960}
PODS_Y, HOST_Y, SWITCH_Y, ROUTER_Y = 70, 180, 330, 440
SWITCH_WIDTH = 230
BUSY = 5  # packets per second from which a link is drawn as in use
LINE = 17
STYLE = """
  text { font: 13px monospace; fill: #1f2933 }
  .title { font-weight: bold; font-size: 15px } .small { font-size: 11px; fill: #52606d }
  .host { fill: #f0f4f8; stroke: #486581; stroke-width: 1.5 }
  .router { fill: #e3f8ff; stroke: #0b69a3; stroke-width: 2 }
  .pod { fill: #effcf6; stroke: #199473 } .gone { fill: #ffe3e3; stroke: #ba2525 }
  .switch { fill: #829ab1 } .link { stroke: #9fb3c8; stroke-width: 2 }
  .busy { stroke: #0b69a3; stroke-width: 4 }
  .up { fill: #0c6b58 } .down { fill: #ba2525; font-weight: bold }
"""


@dataclass(frozen=True)
class Seen:
    """What is drawn."""

    rates: dict     # (switch, port) -> (packets per second from there, to there)
    sessions: dict  # address of a neighbor -> State/PfxRcd
    uptimes: dict   # likewise, of its summary
    routes: dict    # prefix -> {next hop -> packets}
    answering: set  # names of the pods whose server runs


def _counters(lab):
    """(switch, port) -> (packets received from there, sent to there)."""
    found = {}
    for switch in topology.SWITCHES:
        shown = lab.command(switch.name, "ip", "-j", "-s", "link").stdout
        for link in json.loads(shown):
            stats = link["stats64"]
            found[switch.name, link["ifname"]] = stats["rx"]["packets"], stats["tx"]["packets"]
    return found


def look(lab):
    """The lab as it is, with what passes within a second."""
    before, begin = _counters(lab), time.monotonic()
    until(lambda: time.monotonic() - begin >= MEASURE_SECONDS, 10, "a second is over")
    after, seconds = _counters(lab), time.monotonic() - begin
    rates = {key: tuple((b - a) / seconds for a, b in zip(before[key], after[key]))
             for key in after.keys() & before.keys()}
    summary = lab.torii("show ip bgp summary")
    uptimes = dict(re.findall(r"(?m)^([\d.]+) +4 .* (\d\d:\d\d:\d\d|\d+d\d+h\d+m|never) ", summary))
    routes = {prefix: observe.members(lab, prefix) for prefix in invariants.bgp_routes(lab)}
    answering = {pod.name for _, pod in topology.web_pods() if lab.process(pod.name).pid()}
    return Seen(rates, observe.sessions(lab), uptimes, routes, answering)


class _Drawing:
    """SVG, element by element."""

    def __init__(self):
        self._parts = []

    def box(self, x, y, width, height, kind):
        self._parts.append(f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6" '
                           f'class="{kind}"/>')

    def text(self, x, y, text, kind="", anchor="middle"):
        self._parts.append(f'<text x="{x}" y="{y}" text-anchor="{anchor}" class="{kind}">'
                           f"{escape(text)}</text>")

    def line(self, x1, y1, x2, y2, kind):
        self._parts.append(f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" class="{kind}"/>')

    def document(self, height):
        """All of it."""
        body = "\n  ".join(self._parts)
        return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
                f'viewBox="0 0 {WIDTH} {height}">\n<style>{STYLE}</style>\n'
                f'  <rect width="{WIDTH}" height="{height}" fill="white"/>\n  {body}\n</svg>\n')


def _link(drawing, seen, key, start, end):
    """A link with its packets per second; `start` is the end that the first rate comes from."""
    away, back = seen.rates.get(key, (0, 0))
    drawing.line(*start, *end, "link busy" if away + back >= BUSY else "link")
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    up, down = (away, back) if start[1] > end[1] else (back, away)
    # On the side that a slanting line leaves free.
    x, anchor = (x - 24, "end") if end[0] > start[0] else (x + 24, "start")
    drawing.text(x, y - 2, f"↑ {up:.0f}/s", "small", anchor)
    drawing.text(x, y + 12, f"↓ {down:.0f}/s", "small", anchor)


def _hosts(drawing, seen):
    """Nodes with their pods and sessions, and the client."""
    for host in (*topology.NODES, topology.CLIENT_HOST):
        x = COLUMN[host.name]
        _link(drawing, seen, (host.switch, host.name), (x, HOST_Y + 72),
              (SWITCH_X[host.switch], SWITCH_Y))
        drawing.box(x - 115, HOST_Y, 230, 72, "host")
        drawing.text(x, HOST_Y + 20, host.name, "title")
        drawing.text(x, HOST_Y + 38, f"{host.address} {host.pod_network and 'AS 65001'}")
        if host.pod_network:
            state = seen.sessions.get(host.address, "not configured")
            is_up = state.isdigit()
            said = (f"BGP up {seen.uptimes.get(host.address, '')}, {state} routes" if is_up
                    else f"BGP {state}")
            drawing.text(x, HOST_Y + 58, said, "up" if is_up else "down")
        for number, pod in enumerate(host.pods):
            left = x - 115 + number * 117
            width = 113 if len(host.pods) > 1 else 230
            gone = pod.serves and pod.name not in seen.answering
            drawing.box(left, PODS_Y, width, 62, "gone" if gone else "pod")
            drawing.text(left + width / 2, PODS_Y + 20, pod.name.replace("webpod-697b545f57", "webpod"))
            drawing.text(left + width / 2, PODS_Y + 40, pod.address, "small")
            drawing.line(left + width / 2, PODS_Y + 62, left + width / 2, HOST_Y, "link")


def _router(drawing, seen):
    """The router, what it is connected to, and its routes; the height of all."""
    rows = [(prefix, hops) for prefix, hops in sorted(seen.routes.items())]
    height = 70 + LINE * (1 + max(1, len(rows)))
    for switch in topology.SWITCHES:
        x = SWITCH_X[switch.name]
        _link(drawing, seen, (switch.name, switch.router_port), (x, ROUTER_Y), (x, SWITCH_Y + 14))
        drawing.box(x - SWITCH_WIDTH / 2, SWITCH_Y, SWITCH_WIDTH, 14, "switch")
        drawing.text(x - SWITCH_WIDTH / 2, SWITCH_Y + 28, switch.subnet, "small", "start")
    drawing.box(35, ROUTER_Y, WIDTH - 70, height, "router")
    drawing.text(WIDTH / 2, ROUTER_Y + 42, "router 192.168.10.200, AS 65000", "title")
    for switch in topology.SWITCHES:
        drawing.text(SWITCH_X[switch.name], ROUTER_Y + 18,
                     f"{switch.router_port} {switch.router_address}", "small")
    names = {node.address: node.name for node in topology.NODES}
    for number, (prefix, hops) in enumerate(rows):
        y = ROUTER_Y + 70 + LINE * number
        drawing.text(150, y, prefix, "", "start")
        ways = ",  ".join(f"{names.get(hop, hop)} ({count} packets)"
                          for hop, count in sorted(hops.items()))
        drawing.text(330, y, "→ " + ways, "", "start")
    if not rows:
        drawing.text(WIDTH / 2, ROUTER_Y + 70, "no routes of BGP", "small")
    return ROUTER_Y + height + 30


def draw(seen):
    """The picture."""
    drawing = _Drawing()
    drawing.text(WIDTH / 2, 32, "The rack as it is now: packets per second, sessions, routes of the "
                 "packet engine", "title")
    _hosts(drawing, seen)
    return drawing.document(_router(drawing, seen))


def write(lab, path):
    """Writes it, and beside it a PNG where rsvg-convert is; the files."""
    path.write_text(draw(look(lab)))
    if not shutil.which("rsvg-convert"):
        return [path]
    image = path.with_suffix(".png")
    run("rsvg-convert", "-o", str(image), str(path))
    return [path, image]

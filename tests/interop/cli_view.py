"""Tables of Cilium's agent shell against what toriictl says in JSON: the same facts, a row each."""

import re


def table(text):
    """Rows of a table of columns; an empty first cell is that of the row above."""
    header, *lines = text.rstrip("\n").splitlines()
    starts = [match.start() for match in re.finditer(r"\S+(?: \S+)*", header)]
    rows = []
    for line in lines:
        row = [line[begin:end].strip() for begin, end in zip(starts, [*starts[1:], None])]
        if rows and not row[0]:
            # Instance, peer or policy: what a row leaves out is as before, from the left.
            filled = next((i for i, cell in enumerate(row) if cell), len(row))
            row[:filled] = rows[-1][:filled]
        rows.append(row)
    return rows


def peers_view(ask, _words):
    """Instance, peer, state, uptime, family, received, accepted, advertised."""
    return [[peer["instance"], peer["name"], peer["session-state"], "-",
             f"{family['afi']}-{family['safi']}", str(family["received"]),
             str(family["accepted"]), str(family["advertised"])]
            for peer in ask("peers") for family in peer["families"]]


def routes_view(ask, words):
    """Instance, peer (not of loc), prefix, next hop, best (of loc), age."""
    which, afi, safi = [word for word in words if not word.startswith("--")]
    names = {(peer["instance"], peer["peer-address"]): peer["name"] for peer in ask("peers")}
    rows = []
    for route in ask("routes", {"loc": "available", "out": "advertised", "in": "received"}[which],
                     afi, safi):
        row = [route["instance"], route["prefix"], route["next-hop"], "-"]
        if which == "loc":
            row.insert(3, "true")
        else:
            row.insert(1, names[route["instance"], route["neighbor"]])
        rows.append(row)
    return rows


def policies_view(ask, _words):
    """Instance, policy, type, statement, peers, families, prefixes, action, path actions."""
    def cell(values):
        return values[0] if len(values) == 1 else " ".join(f"{{{value}}}" for value in values)
    rows = []
    for statement in ask("route-policies"):
        prefixes = [f"{p} ({p.split('/')[1]}..{p.split('/')[1]})"
                    for p in statement["match-prefixes"]]
        rows.append([statement["instance"], statement["policy"], "export", statement["statement"],
                     cell(statement["match-peers"]), "", cell(prefixes), statement["rib-action"],
                     cell(statement["path-actions"])])
    instances = {peer["instance"] for peer in ask("peers")}
    return rows + [[instance, "allow-local", "import", "accept-local", "", "", "", "accept", ""]
                   for instance in instances]


VIEWS = {"bgp/peers": peers_view, "bgp/routes": routes_view, "bgp/route-policies": policies_view}


def expected_rows(view, text):
    """The rows of a table as the views give them."""
    rows = table(text)
    if view == "bgp/route-policies":
        for row in rows:
            row[2] = "import" if row[1] == "allow-local" else "export"
    return sorted(rows)


def seen_rows(view, ask):
    """The rows of a view now; nothing for one that toriictl does not have."""
    name, *words = view.split()
    return sorted(VIEWS[name](ask, words))

"""Ten thousand services on a node: our figures beside those that are published of kube-proxy's nftables
mode. Ours are CPU time, the kernel's included, measured here and now; theirs are on other machines, the whole
set in one go or created service by service: what they tell is the order of magnitude.

    ninja -C build/release torii_bench_services
    sudo TORII_BUILD=build/release /usr/bin/python3 tests/bench/services/duel.py [SERVICES [ENDPOINTS]]
"""

import json
import os
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(os.environ.get("TORII_BUILD", Path(__file__).resolve().parents[3] / "build/release")
               ) / "bin/torii_bench_services"

# (where, services, endpoints, the whole set, one change), as its developers and users tell.
PUBLISHED = (
    ("kube-proxy 1.31, kubernetes pull request 126013", 10000, 20000, "25 min", "8 min"),
    ("kube-proxy 1.32, partial sync, the same", 10000, 20000, "9 min", "141 ms"),
    ("kube-proxy 1.34, kubernetes issue 135639", 5006, 250011, "13 min", "-"),
    ("kube-proxy 1.36.1, kubernetes issue 139513", 44125, 44152, "17 min", "over 1 min"),
)


def main():
    """Measures, and prints the table."""
    arguments = sys.argv[1:] or ["10000", "10"]
    done = subprocess.run([PROGRAM, *arguments], check=True, capture_output=True, text=True,
                          timeout=900)
    ours = json.loads(done.stdout.splitlines()[-1])
    row = "{:<50} {:>8} {:>9} {:>10} {:>11}"
    print(row.format("", "services", "endpoints", "whole set", "one change"))
    first = ours["first_compute_ms"] + ours["first_nftables_ms"]
    change = ours["change_compute_ms"] + ours["change_nftables_ms"]
    print(row.format("torii-agent", ours["services"], ours["endpoints"], f"{first / 1000:.1f} s",
                     f"{change:.0f} ms"))
    for published in PUBLISHED:
        print(row.format(*published))
    print(f"""
A change is {ours["change_compute_ms"]:.1f} ms for what is to be different, {ours["change_nftables_ms"]:.1f} ms in nftables,
{ours["change_bgp_ms"]:.1f} ms for what BGP is to say; what is gone takes {ours["change_removal_ms"]:.1f} ms later (medians of 21).
The resources have {ours["snapshot_mib"]} MiB, what is kept of them {ours["kept_mib"]} MiB more; at most {ours["peak_mib"]} MiB were in use.""")


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""The process that ExaBGP talks to: what it says goes to a file, what a FIFO says goes to it.

exabgp_pipe.py FIFO FILE
"""

import os
import sys
import threading


def main(fifo, file):
    """Copies both ways until ExaBGP ends."""
    def commands():
        # Open for both directions: it does not end when a writer does.
        with os.fdopen(os.open(fifo, os.O_RDWR), encoding="utf-8") as lines:
            for line in lines:
                sys.stdout.write(line)
                sys.stdout.flush()

    threading.Thread(target=commands, daemon=True).start()
    with open(file, "a", encoding="utf-8") as out:
        for line in sys.stdin:
            out.write(line)
            out.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Waiting for a condition: the one place of the lab and its tests that sleeps."""

import time


def until(condition, seconds, what, interval=0.1):
    """Polls until `condition()` is true and returns its value; TimeoutError names `what` otherwise.

    An exception of the condition counts as "not yet" and is part of the final message.
    """
    deadline = time.monotonic() + seconds
    last = None
    while True:
        try:
            value = condition()
            if value:
                return value
            last = f"last seen: {value!r}"
        except Exception as error:  # pylint: disable=broad-except
            last = f"last error: {error}"
        if time.monotonic() >= deadline:
            raise TimeoutError(f"not within {seconds} s: {what} ({last})")
        time.sleep(interval)

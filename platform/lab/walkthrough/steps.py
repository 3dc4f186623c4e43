"""The list of steps, in order; modules of steps add theirs with @step."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One step of the walkthrough: raises StepFailed when something is not as it has to be."""

    number: int
    title: str
    run: Callable


STEPS = []


def step(number, title):
    """Makes a function of a story the step of this number."""
    def add(function):
        STEPS.append(Step(number, title, function))
        return function
    return add

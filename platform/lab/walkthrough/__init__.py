"""The walkthrough: 24 steps on the lab, told as a story and asserted by tests/e2e."""

import time

from lab.shell import CommandFailed
from lab.walkthrough import changes, routes, services  # noqa: F401  they add their steps
from lab.walkthrough.routes import BALANCING
from lab.walkthrough.steps import STEPS
from lab.walkthrough.story import StepFailed, Story


def prepare(lab):
    """The lab as step 1 needs it: no BGP anywhere, the agents balance services."""
    lab.agent_options = BALANCING
    lab.up(with_bgp=False)
    lab.write_nodes()


def tell(lab):
    """Tells all steps; the exit status. A step that fails does not keep the next from being tried."""
    print("Bringing up the lab: a router, three nodes with their pods, a client.", flush=True)
    prepare(lab)
    story = Story(lab, lambda text: print(text, flush=True))
    outcomes = []
    for step in STEPS:
        print(f"\n== Step {step.number}: {step.title}", flush=True)
        print("\n".join(f"  {line.strip()}" for line in step.run.__doc__.splitlines()))
        begin = time.monotonic()
        try:
            step.run(story)
            said = "✓"
        except (StepFailed, CommandFailed, TimeoutError) as error:
            print(f"    ✗ {error}")
            said = "✗ " + str(error).splitlines()[0]
        outcomes.append((step, time.monotonic() - begin, said))
    print("\n== Summary")
    for step, seconds, said in outcomes:
        print(f"{step.number:2} {step.title:66} {seconds:5.1f} s  {said}")
    failed = sum(said != "✓" for _, _, said in outcomes)
    print(f"{len(outcomes) - failed} of {len(outcomes)} steps are as they have to be. The lab is "
          "still up: ./run shell, ./run status, ./run down.")
    return 1 if failed else 0

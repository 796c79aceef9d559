"""The demonstration: one case, Darren and Toby, from a referral before Easter to a move in May.

Each chapter calls the service as its real callers do, prints what they see, and fails if it is not as
expected.
"""

from pathlib import Path

from service.demo import after_easter, before_easter, the_gate, the_record
from service.demo.callers import DemoFailed
from service.demo.environment import start_environment
from service.demo.page import note, title
from service.demo.scenario import Scenario

BEGINS = "2026-04-01 10:00"
"""A Wednesday: Good Friday is the day after tomorrow."""

CHAPTERS = (
    before_easter.submit,
    before_easter.read_what_came,
    before_easter.access_refused,
    before_easter.decide,
    after_easter.escalations,
    after_easter.ask_about_the_child,
    after_easter.police_answer,
    after_easter.risk_changes,
    the_gate.shut,
    the_gate.opened,
    the_record.timeline,
    the_record.trail,
)


__all__ = ["DemoFailed", "play"]


def play(var: Path) -> None:
    """Play the whole story in a service of its own, and verify its audit trail.

    Args:
        var: a directory for the demonstration only.

    Raises:
        DemoFailed: the service did not behave as the story expects.
    """
    title("Referral Exchange: Darren and Toby, one case")
    note(
        "Real HTTP, real tokens, a real PostgreSQL. Only the clock is moved by hand. Every name is invented."
    )
    with start_environment(var, BEGINS) as environment:
        scenario = Scenario(environment)
        for chapter in CHAPTERS:
            chapter(scenario)
    note("")
    title("The demonstration passed. All its processes have been stopped.")

"""The gate: nobody leaves the approved premises for an address while somebody who must answer has not."""

from service.demo.after_easter import _police_result
from service.demo.page import chapter, item, says
from service.demo.telling import Story, insist


def shut(story: Story) -> None:
    """A move-on address is proposed; the premises may not let him go there yet."""

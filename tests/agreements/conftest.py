"""The office in which a manager is asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass

import pytest
from flask import Flask

from service import clock, db
from service.checks import policies
from tests.agreements.office import OF_LOW_RISK, Office
from tests.cast import assemble
from tests.conftest import TheClock, a_database
from tests.journeys.driver import Json, Story
from tests.referrals.samples import darren_and_toby, toby


@dataclass(frozen=True)
class Opened:
    """An office that has been opened, in a database without connections, which is copied for each test."""

    server: str
    database: str
    document: Json
    referral: str

    @contextmanager
    def office(self, app: Flask, the_clock: TheClock) -> Iterator[Office]:
        """A copy of it, for as long as the block lasts."""
        with a_database(self.server, self.database):
            yield Office(Story(assemble(app), the_clock), deepcopy(self.document), self.referral)


@contextmanager
def opened(app: Flask, server: str, template: str, document: Json) -> Iterator[Opened]:
    """Open an office, in a database that is there as long as the block lasts."""
    with a_database(server, template) as name:
        still = TheClock()
        clock.use(lambda: still.at)
        office = Office(Story(assemble(app), still), document).open()
        clock.use(None)
        db.bind({})
        yield Opened(server, name, office.document, office.referral)


@pytest.fixture(scope="package")
def of_high_risk(app: Flask, server: str, template: str) -> Iterator[Opened]:
    with opened(app, server, template, darren_and_toby()) as made:
        yield made


@pytest.fixture(scope="package")
def of_low_risk(app: Flask, server: str, template: str) -> Iterator[Opened]:
    with opened(app, server, template, toby()) as made:
        yield made


@pytest.fixture
def office(of_high_risk: Opened, app: Flask, the_clock: TheClock) -> Iterator[Office]:
    """A case that p.shah submitted, a.boyle amended and c.taker took care of for a time."""
    with of_high_risk.office(app, the_clock) as made:
        yield made


@pytest.fixture
def low(of_low_risk: Opened, app: Flask, the_clock: TheClock) -> Iterator[Office]:
    """A case of low risk."""
    with of_low_risk.office(app, the_clock) as made:
        yield made


@pytest.fixture
def office_for(
    kind: str, of_high_risk: Opened, of_low_risk: Opened, app: Flask, the_clock: TheClock
) -> Iterator[Office]:
    """Such a case in which a kind of decision may arise; every nil return of a low risk is drawn."""
    with pytest.MonkeyPatch.context() as drawn:
        if kind in OF_LOW_RISK:
            drawn.setattr(policies, "NIL_RETURNS_DRAWN_ONE_IN", 1)
        with (of_low_risk if kind in OF_LOW_RISK else of_high_risk).office(app, the_clock) as made:
            yield made

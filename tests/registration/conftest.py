"""A registrar: a named person of an administration, whose system calls the API."""

import pytest

from tests.cast import Caller, Cast

REGISTRAR = "m.okonkwo"


@pytest.fixture
def registrar(cast: Cast) -> Caller:
    return cast.administration.as_practitioner(REGISTRAR, "registrar", pdu=None)

"""A person asks for what is held about them: what whoever prepares and whoever releases does."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from werkzeug.test import TestResponse

from service import clock
from tests.cast import Caller, Cast
from tests.journeys.driver import Json, ok
from tests.rows import person_at

CRN: Final = "X320741"


def keeper(cast: Cast) -> Caller:
    """Return the records manager of the region."""
    return cast.probation.as_practitioner("r.keeper", "records_manager")


def releaser(cast: Cast) -> Caller:
    """Return a manager of the region who has nothing to do with the case."""
    return cast.probation.as_practitioner("h.grant", "pdu_head")


def opened(caller: Caller, whose: str = "") -> Json:
    """Open a request.

    Args:
        whose: the address of the record; that of the case of most tests when empty.
    """
    body = {
        "asked_by": "person",
        "identity_confirmed": "Passport seen by R. Keeper at the Leeds office.",
        "received_on": clock.today().isoformat(),
    }
    return ok(caller.post(f"{whose or person_at(CRN)}/subject-access", json=body), 201)


def attempted(caller: Caller, href: str, action: str, **members: Any) -> TestResponse:
    """Try a step, as a caller who has just read the request."""
    tag = caller.get(href).headers.get("ETag")
    return caller.post(f"{href}/transitions", json={"action": action, **members}, if_match=tag)


def decided(caller: Caller, href: str, leave_out: Callable[[Json], bool]) -> Json:
    """Decide about every text: those that are to be left out are, the others are given as they are."""
    texts = [
        {
            "path": one["path"],
            "as": "leave_out" if leave_out(one) else "as_it_is",
            "reason": "Read by R. Keeper.",
        }
        for one in ok(caller.get(href))["texts"]
    ]
    return ok(attempted(caller, href, "decide_texts", texts=texts))


def released(
    keeper: Caller, manager: Caller, whose: str, leave_out: Callable[[Json], bool]
) -> tuple[str, TestResponse]:
    """Open a request, decide its texts and release it; return its address and the answer of the copy."""
    href = opened(keeper, whose)["href"]
    decided(keeper, href, leave_out)
    ok(attempted(manager, href, "release"))
    return href, keeper.get(f"{href}/copy")


def let_know(manager: Caller, whose: str, who: Caller) -> None:
    """Name somebody who may know of a limited access case, unless they are."""
    assert who.practitioner is not None
    if who.get(whose).status_code == HTTPStatus.OK:
        return
    named = {"practitioner": who.practitioner.id, "reason": "Answers what the person asked for."}
    ok(manager.post(f"{whose}/named-staff", json=named))

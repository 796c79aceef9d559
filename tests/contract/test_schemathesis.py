"""Everything the document allows, and what it does not, as three kinds of caller: nothing comes back unsaid.

Schemathesis makes the calls. Addresses, bodies and tags are now and then those of a case that has been told,
so that calls reach what lies behind the first refusals. The same calls are made in every run.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.errors import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from service.access.permissions import PERMISSIONS
from tests.cast import Caller
from tests.conftest import TheClock
from tests.contract.conftest import Told

CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
DEEP, SHALLOW = 8, 2
"""Calls of one operation by a caller that may call it, and by one that may not."""
SPECIAL: Final = {
    # A whole referral takes long to make up.
    "submit": 4,
    "amend": 4,
    "preview": 4,
    # Few of the moves one can make up are allowed.
    "move_check_request": 20,
    "move_destination_referral": 20,
    "move_placement": 20,
}


@dataclass
class Crowd:
    """A caller that knows what was done in the told case, and does it again in odd ways."""

    told: Told
    caller: Caller
    clock: TheClock
    reached: set[str] = field(default_factory=set)

    def headers(self) -> dict[str, str]:
        """Let a second pass, so that no limit is reached, and return what every call carries."""
        self.clock.move(timedelta(seconds=1))
        return {"Authorization": f"Bearer {self.caller.token()}"}

    def tag(self, path: str) -> str:
        """Return the tag of the nearest thing above an address."""
        while path.count("/") > 2:
            found = self.caller.app.test_client().get(path, headers=self.headers())
            if "ETag" in found.headers:
                return found.headers["ETag"]
            path = path.rpartition("/")[0]
        return '"none"'

    def adapt(self, case: Any, draw: Any) -> dict[str, str]:
        """Put what is real into a call where it is drawn, and return its headers."""
        name = case.operation.definition.raw["operationId"]
        recorder = self.told.recorder
        known = recorder.addressed.get(" ".join(sorted(case.path_parameters or {})))
        if known and case.path_parameters and draw(st.integers(0, 3)):
            # What was met last is what is still open.
            case.path_parameters = dict(known[-1 - draw(st.integers(0, len(known) - 1))])
        if recorder.sent.get(name) and draw(st.integers(0, 3)) > 1:
            case.body = deepcopy(draw(st.sampled_from(recorder.sent[name])))
            self._make_fresh(name, case)
        if "wait" in (case.query or {}):
            case.query["wait"] = 0
        headers = self.headers()
        if "If-Match" in (case.headers or {}) and draw(st.integers(0, 3)):
            headers["If-Match"] = self.tag(case.formatted_path)
        return headers

    def _make_fresh(self, name: str, case: Any) -> None:
        """Give a body that was sent before what may be sent but once."""
        if name == "submit":
            case.body["submission_reference"] = f"AGAIN-{self.clock.at:%H%M%S}"
        elif name == "issue_token":
            case.body = self.caller.signer.token_form(self.clock.at, practitioner=self.caller.practitioner)

    def note(self, case: Any, status: int) -> None:
        """Remember what was reached."""
        if status < 300:
            self.reached.add(case.operation.definition.raw["operationId"])


def calls(crowd: Crowd, operation: Any, mode: GenerationMode, most: int) -> None:
    """Call an operation up to so many times, holding every answer to the document."""

    @settings(
        max_examples=most,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
    def call(case: Any, data: st.DataObject) -> None:
        headers = crowd.adapt(case, data.draw)
        answer = case.call(headers=headers)
        crowd.note(case, answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    call()


def everything(told: Told) -> Iterator[Any]:
    schema = schemathesis.openapi.from_wsgi("/openapi.json", told.cast.probation.app)
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        yield found.ok()


@pytest.mark.parametrize("side", ["probation", "destination", "agency"])
def test_no_answer_is_one_that_the_document_does_not_tell_of(
    told: Told, the_clock: TheClock, side: str
) -> None:
    callers = {
        "probation": told.cast.probation.as_practitioner("s.okafor", "spo"),
        "destination": told.cast.crs,
        "agency": told.cast.police,
    }
    the_clock.set(told.clock.at)
    crowd = Crowd(told, callers[side], the_clock)
    wrong: list[str] = []
    may_call: set[str] = set()
    for operation in everything(told):
        raw = operation.definition.raw
        permission = PERMISSIONS.get(raw.get("x-permission", ""))
        deep = permission is None or side in permission.sides
        name = raw["operationId"]
        if deep:
            may_call.add(name)
        for mode in GenerationMode:
            most = SPECIAL.get(name, DEEP) if deep else SHALLOW
            try:
                calls(crowd, operation, mode, most)
            except Unsatisfiable:
                assert mode is GenerationMode.NEGATIVE, f"{name}: nothing can be made up"
            except FailureGroup as failures:
                wrong += [f"{name} {mode.value}: {failure}" for failure in failures.exceptions]
    assert wrong == []
    # Not only refusals: most of what this caller may do has been done.
    missed = may_call - crowd.reached
    assert len(missed) * 4 <= len(may_call), sorted(missed)

"""Calls everything that the document allows, and what it does not, as one kind of caller, by Schemathesis.

Of whatever the caller may call, one call is one that is taken. What is made up, the same in every run, has
the address, the body and the tag of that call more often than not, to reach what lies behind refusals.
"""

import contextlib
import importlib
import json
import pkgutil
import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok
from schemathesis.errors import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import service
from service.access.permissions import PERMISSIONS
from tests.conftest import TheClock
from tests.contract import openings
from tests.contract.conftest import RecordedCase
from tests.contract.openings import Fixtures, Opening

CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
DEEP, SHALLOW = 8, 2
"""Calls of one operation by a caller that may call it, and by one that may not."""
SPECIAL: Final = {
    # A whole referral takes long to make up.
    "submit_referral": 4,
    "amend_referral": 4,
    "preview_referral": 4,
    # Few of the moves one can make up are allowed.
    "move_check_request": 12,
    "move_destination_referral": 12,
    "move_placement": 12,
}
REFUSALS: Final = schemathesis.Config.from_dict(
    # What is wrong in a body is looked at after the tag, so that a call may be refused for that.
    {"checks": {"negative_data_rejection": {"expected-statuses": ["4xx"]}}}
)
_BY_CHANCE: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|eyJ[\w.-]+")


@dataclass
class Fuzzer:
    """One kind of caller, doing over and over what may be done, and what may not."""

    fixtures: Fixtures
    clock: TheClock
    sent: Mapping[str, list[Any]]
    wrong: list[str] = field(default_factory=list)
    calls: int = 0

    def headers(self, operation: Any, path: Mapping[str, Any]) -> dict[str, str]:
        """Let a second pass, so that no limit is reached, and return what a call carries that is taken."""
        self.clock.move(timedelta(seconds=1))
        headers = {"Authorization": f"Bearer {self.fixtures.caller_of(name_of(operation)).token()}"}
        known = {one.name for one in operation.headers}
        if "Idempotency-Key" in known:
            headers["Idempotency-Key"] = str(uuid4())
        if "If-Match" in known:
            headers["If-Match"] = self.fixtures.tag(name_of(operation), path)
        return headers

    def send(self, case: Any, headers: Mapping[str, str]) -> Any:
        """Make a call, and hold the answer to the document."""
        self.calls += 1
        answer = case.call(headers=dict(headers))
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as failures:
            self.wrong += [
                f"{name_of(case.operation)} {answer.status_code}: {failure}"
                for failure in failures.exceptions
            ]
        return answer

    def opening(self, operation: Any) -> Opening:
        return self.fixtures.opening(name_of(operation), [one.name for one in operation.path_parameters])

    def is_taken(self, operation: Any, opening: Opening) -> bool:
        """Make the call that is taken; where there is a tag, ask also for what is new since."""
        case = operation.Case(
            path_parameters=dict(opening.path),
            query=dict(opening.query),
            **({"body": opening.body} if opening.body is not None else {}),
        )
        headers = self.headers(operation, opening.path)
        answer = self.send(case, headers)
        if answer.status_code < 300 and "304" in operation.definition.raw["responses"]:
            tag = {"If-None-Match": answer.headers["etag"][0]}
            assert self.send(case, headers | tag).status_code == 304
        return bool(answer.status_code < 300)

    def made_up(self, operation: Any, mode: GenerationMode, most: int, opening: Opening | None) -> int:
        """Make up to so many calls, putting what is real into them where it is drawn; return how many."""
        before = self.calls

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
            if opening is not None:
                self.make_real(case, data.draw, opening)
            headers = self.headers(operation, case.path_parameters)
            for name in sorted(headers.keys() & set(case.headers)):
                if case.meta.is_negative_at(ParameterLocation.HEADER) or not data.draw(st.integers(0, 3)):
                    del headers[name]
            self.send(case, headers)

        with contextlib.suppress(Unsatisfiable):
            call()
        return self.calls - before

    def make_real(self, case: Any, draw: Any, opening: Opening) -> None:
        """Put what is real where something is made up that need not be wrong."""
        if case.path_parameters and not case.meta.is_negative_at(ParameterLocation.PATH) and draw(_OFTEN):
            case.path_parameters = dict(opening.path)
        bodies = [*self.sent.get(name_of(case.operation), ()), opening.body]
        if opening.body is not None and not case.meta.is_negative_at(ParameterLocation.BODY) and draw(_OFTEN):
            case.body = deepcopy(draw(st.sampled_from(bodies)))
        if "wait" in (case.query or {}) and not case.meta.is_negative_at(ParameterLocation.QUERY):
            case.query["wait"] = 0


_OFTEN: Final = st.sampled_from([True, True, True, False])


def name_of(operation: Any) -> str:
    name: str = operation.definition.raw["operationId"]
    return name


def steady(sent: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Return bodies in an order that does not depend on identifiers and signatures."""
    return {
        name: sorted(bodies, key=lambda body: _BY_CHANCE.sub("", json.dumps(body, sort_keys=True)))
        for name, bodies in sent.items()
    }


def operations_of(app: Flask) -> list[Any]:
    """Every operation of the document, as Schemathesis reads it."""
    # Hypothesis draws words that it finds in the code: all of it is there, whoever asked for it before.
    for module in pkgutil.walk_packages(service.__path__, "service."):
        importlib.import_module(module.name)
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app, config=REFUSALS)
    found = list(schema.get_all_operations())
    readable = [one.ok() for one in found if isinstance(one, Ok)]
    assert len(readable) == len(found), [one for one in found if not isinstance(one, Ok)]
    return readable


def takes_nothing(operation: Any) -> bool:
    """Tell whether there is nothing in a call that could be wrong."""
    return not any((operation.path_parameters, operation.query, operation.headers, operation.body))


def may_call(operation: Any, side: str) -> bool:
    permission = PERMISSIONS.get(operation.definition.raw.get("x-permission", ""))
    return permission is None or openings.may_call(permission, side)


def call_everything(fixtures: Fixtures, clock: TheClock, recorded_case: RecordedCase) -> None:
    """Call every operation as one caller, wrongly and rightly, and insist on what the document says.

    Args:
        fixtures: what is real for the caller, in a database of its own.
    """
    fuzzer = Fuzzer(fixtures, clock, steady(recorded_case.recorder.sent))
    missed: set[str] = set()
    for operation in operations_of(fixtures.caller.app):
        name = name_of(operation)
        allowed = may_call(operation, fixtures.side)
        most = SPECIAL.get(name, DEEP) if allowed else SHALLOW
        opening = fuzzer.opening(operation) if allowed else None
        # What is wrong changes nothing: it comes first, and finds everything as it was made ready.
        made = fuzzer.made_up(operation, GenerationMode.NEGATIVE, most, opening)
        assert made or takes_nothing(operation), f"{name}: nothing wrong was made up"
        if opening and not fuzzer.is_taken(operation, opening):
            missed.add(name)
        assert fuzzer.made_up(operation, GenerationMode.POSITIVE, most, opening), (
            f"{name}: nothing was made up"
        )
    assert not fuzzer.wrong, "\n\n".join(dict.fromkeys(fuzzer.wrong))
    assert not missed, f"refused though everything was made ready: {sorted(missed)}"

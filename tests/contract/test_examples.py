"""Every operation has an example from a real run, and every example is what the document says."""

import os
from typing import Any

import pytest
from flask import Flask

from service.openapi.document import examples
from tests.contract.conformance import Conformance, conformance_of
from tests.contract.conftest import RecordedCase
from tests.contract.examples import write

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def published(app: Flask) -> Conformance:
    return conformance_of(app)


def test_the_recorded_case_calls_every_operation(recorded_case: RecordedCase, published: Conformance) -> None:
    assert set(published.by_id) - set(recorded_case.recorder.exchanges) == set()
    if "RECORD_EXAMPLES" in os.environ:
        write(recorded_case.recorder.exchanges)


def test_every_operation_has_an_example_and_none_is_left_over(published: Conformance) -> None:
    assert set(examples()) == set(published.by_id)
    for operation_id, operation in published.by_id.items():
        if "requestBody" in operation:
            assert "request" in examples()[operation_id], operation_id


def test_every_example_is_what_the_document_says(published: Conformance) -> None:
    found: dict[str, Any] = {}
    for operation_id, example in examples().items():
        if "request" in example and "same_as" not in example["request"]:
            found[f"{operation_id} request"] = published.request_faults(operation_id, example["request"])
        for status in {"200", "201"} & published.by_id[operation_id]["responses"].keys():
            (content,) = published.by_id[operation_id]["responses"][status]["content"].values()
            assert content["example"] == example["response"], (operation_id, status)
            found[f"{operation_id} {status}"] = published.body_faults(content["schema"], example["response"])
    assert {name: faults for name, faults in found.items() if faults} == {}

"""What each destination is sent of one case, word for word: an undeclared field fails here."""

import json
import os
from pathlib import Path

import pytest

from service.destinations import DESTINATIONS
from service.destinations.case import Known, asks
from service.destinations.projection import project
from service.referrals.schemas.submission import SubmissionSchema, canonical
from tests.referrals import samples

GOLDEN = Path(__file__).parent / "golden"
DOCUMENT_PARTS = [
    "approved_premises",
    "cas3",
    "crs:accommodation",
    "crs:education_training_and_employment",
    "mappa",
]


@pytest.mark.parametrize("key", DOCUMENT_PARTS)
def test_a_destination_is_sent_exactly_its_golden_document(key: str) -> None:
    document = canonical(SubmissionSchema().load(samples.darren_and_toby()))
    ask = next(ask for ask in asks(document) if ask.key == key)
    projection = project(DESTINATIONS[ask.kind], Known(document), ask, samples.MONDAY)
    sent = {
        "document": projection.document,
        "withheld": [f"{each.path}: {each.reason}" for each in projection.withheld],
        "not_representable": [f"{each.path}: {each.value}" for each in projection.not_representable],
    }
    golden = GOLDEN / f"{key.replace(':', '.')}.json"
    if os.environ.get("WRITE_GOLDEN"):  # to be set by hand, and the difference read before it is committed
        golden.write_text(json.dumps(sent, indent=2, ensure_ascii=False, sort_keys=True) + "\n")
    assert sent == json.loads(golden.read_text())


def test_every_destination_has_a_golden_document() -> None:
    assert {key.split(":")[0] for key in DOCUMENT_PARTS} == set(DESTINATIONS)
    assert {path.stem.replace(".", ":") for path in GOLDEN.iterdir()} == set(DOCUMENT_PARTS)

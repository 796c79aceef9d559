"""A code that can be read in only one way is kept in one spelling; every other is named with its list."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from service import fields
from service.checks.rules import FORCES
from service.document.forms import AuthorityCode, Force, PostcodeArea, Region
from service.document.regions import REGIONS
from service.http import faults
from service.referrals.schemas.submission import SubmissionSchema
from tests.document.taking import taken
from tests.referrals import samples

SPELLED: dict[str, fields.Spelled] = {
    "crn": fields.Crn(),
    "postcode": fields.Postcode(),
    "postcode area": PostcodeArea(),
    "authority": AuthorityCode(),
}
KEPT = {
    name: st.from_regex(re.compile(field.pattern.pattern, re.ASCII), fullmatch=True)
    for name, field in SPELLED.items()
}


@pytest.mark.parametrize(
    ("field", "sent", "kept"),
    [
        (fields.Crn(), " x320741 ", "X320741"),
        (fields.Crn(), "X 320741", "X320741"),
        (fields.Postcode(), "ls14ap", "LS1 4AP"),
        (fields.Postcode(), "  Ls1   4aP ", "LS1 4AP"),
        (fields.Postcode(), "SW1A1AA", "SW1A 1AA"),
        (PostcodeArea(), " ls9", "LS9"),
        (AuthorityCode(), "e08000035", "E08000035"),
        (Region(), " yorkshire  and the humber", "N55"),
        (Force(), "West Yorkshire Police", "west-yorkshire"),
        (Force(), "devon & cornwall", "devon-and-cornwall"),
        (Force(), "WEST_YORKSHIRE", "west-yorkshire"),
    ],
)
def test_what_can_be_read_in_only_one_way_is_read(field: Any, sent: str, kept: str) -> None:
    assert field.deserialize(sent) == kept


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        (fields.Crn(), "X32074"),
        (fields.Crn(), "X32 0741"),
        (fields.Crn(), "\u0131320741"),
        (fields.Crn(), "X320741\n"),
        (fields.Postcode(), "LS1"),
        (fields.Postcode(), "L S14AP"),
        (fields.Postcode(), "LSI 4AP"),
        (fields.Postcode(), "LS1\u00a04AP"),
        (Region(), "the north"),
        (Force(), "west yorkshire fire"),
    ],
)
def test_what_could_be_something_else_is_refused(field: Any, sent: str) -> None:
    with pytest.raises(ValidationError):
        field.deserialize(sent)


@given(st.data(), st.sampled_from(sorted(SPELLED)))
def test_spelling_changes_no_letter_and_no_digit_and_is_done_once(data: st.DataObject, name: str) -> None:
    field, kept = SPELLED[name], data.draw(KEPT[name])
    assert field.deserialize(kept) == kept
    head, tail = data.draw(st.tuples(st.sampled_from(["", " ", "  "]), st.sampled_from(["", " "])))
    sent = head + data.draw(st.sampled_from([kept, kept.lower(), kept.replace(" ", ""), kept.title()])) + tail
    read = field.deserialize(sent)
    assert read == kept == field.deserialize(read)


@given(st.data(), st.sampled_from(sorted(SPELLED)))
def test_two_codes_are_never_read_as_one(data: st.DataObject, name: str) -> None:
    field = SPELLED[name]
    one, other = (data.draw(st.from_regex(field.written, fullmatch=True)) for _ in range(2))
    if len(one) > field.longest or len(other) > field.longest:
        return
    same = re.sub(" ", "", one).upper() == re.sub(" ", "", other).upper()
    assert (field.deserialize(one) == field.deserialize(other)) is same


@given(st.text(max_size=40))
def test_an_area_is_read_once(name: str) -> None:
    for field in (Region(), Force()):
        try:
            code = field.deserialize(name)
        except ValidationError:
            continue
        assert field.deserialize(code) == code


def test_each_area_is_read_from_its_code_and_its_name() -> None:
    assert [Force().deserialize(code) for code in FORCES] == list(FORCES)
    assert [Force().deserialize(code.replace("-", " ").title()) for code in FORCES] == list(FORCES)
    assert [Region().deserialize(name) for name in REGIONS.values()] == list(REGIONS)


def test_a_referral_is_kept_in_one_spelling_and_names_are_not_touched() -> None:
    document = samples.darren_and_toby()
    expected = taken(document)
    document["person"]["crn"] = f" {document['person']['crn'].lower()}"
    for address in document["addresses"]:
        address["postcode"] = address["postcode"].lower().replace(" ", "")
        address["police_force"] = address["police_force"].replace("-", " ").upper()
    assert taken(document) == expected
    # A name stays as it was written, and so does a number that cannot be read.
    document["person"]["name"]["family"] = "mcKay"
    for sent, kept in (("01/12345h", "2001/0012345H"), ("2001-x", "2001-x")):
        document["person"]["pnc_number"] = sent
        person = taken(document)["person"]
        assert (person["name"]["family"], person["pnc_number"]) == ("mcKay", kept)


def test_a_code_outside_its_list_is_named_with_the_list() -> None:
    document = samples.darren_and_toby()
    document["addresses"][0]["police_force"] = "wyp"
    document["referrer"]["region"] = "the north"
    crs = next(place for place, ask in enumerate(document["destinations"]) if ask["kind"] == "crs")
    document["destinations"][crs]["service_category"] = "housing"
    with pytest.raises(ValidationError) as refused:
        SubmissionSchema().load(document)
    found = {fault.pointer: fault.detail for fault in faults(refused.value.messages)}
    assert found["/addresses/0/police_force"].endswith(f"{', '.join(FORCES)}.")
    assert all(f"{code} ({name})" in found["/referrer/region"] for code, name in REGIONS.items())
    category = found[f"/destinations/{crs}/service_category"]
    assert category.startswith("Must be one of: ")
    assert "accommodation" in category

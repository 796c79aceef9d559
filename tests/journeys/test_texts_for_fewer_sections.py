"""Whoever sees a record without its protected contacts reads in no text who they are, or where.

Every text that probation is shown is in one of the tables here: one that is added fails until somebody has
decided who reads it. A case in which they are named wherever anything can be written is read whole.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

import pytest
from flask import Flask

from service import clock
from service.access.permissions import PERMISSIONS
from tests.cast import Caller
from tests.contract.conformance import conformance_of, operations
from tests.journeys.driver import NOTHING_KNOWN, Json, Story, ok
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at
from tests.twins.reading import Notebook, read_everything

pytestmark = pytest.mark.long

CRN: Final = "X320741"
SECRET: Final = "Kirsty Holdsworth lives at 4 Larkhill Close, M21 9WQ."
GIVEN_AWAY: Final = ("Holdsworth", "Larkhill", "M21 9WQ")
SECTIONS: Final = ["household", "risk", "referrals", "checks", "circumstances", "plan"]
"""All but the protected contacts."""

CLEANED: Final[Mapping[str, frozenset[str]]] = {
    schema: frozenset(members.split())
    for schema, members in {
        "AlikeView": "reason",
        "ArrangementView": "office",
        "AssessmentView": "evidence factors imminence nature reason who",
        "ChangeView": "details",
        "CheckCountersignatureView": "reason",
        "CheckMessageView": "body",
        "CheckResultView": "documents findings remaining",
        "CheckReviewView": "reason",
        "CheckSubjectContact": "description",
        "ChildKnown": "concerns protective",
        "ChildNotNamed": "concerns protective who",
        "ConditionView": "detail",
        "Considered": "reason",
        "ContactView": "description",
        "CorrectionView": "reason",
        "DestinationMessageView": "body",
        "DestinationMoveView": "detail",
        "DestinationUpdateView": "content",
        "DisclosureStepView": "said",
        "EndorsementView": "reason",
        "EnteredInErrorView": "reason",
        "ExclusionView": "reason",
        "ExclusionZoneView": "label",
        "NamedView": "reason",
        "NotRequiredView": "reason",
        "OutcomeView": "no_change_reason reason",
        "PlacementMoveView": "detail",
        "PlacementView": "details",
        "PoliceCallOut": "place summary",
        "PoliceConviction": "offence",
        "PoliceIncident": "place summary",
        "PoliceIntelligence": "grading summary",
        "PoliceOrder": "conditions",
        "PoliceProtective": "summary",
        "ProposalView": "present value",
        "ReasonView": "words",
        "ResidenceView": "restrictions_detail",
        "ReviewAgreementView": "reason",
        "ReviewProposalView": "no_change_reason reason",
        "ShareReviewView": "reason",
        "ShareView": "end_reason reason",
        "StatedTextView": "value",
        "StatedTextsView": "value",
        "WhyView": "words",
    }.items()
}
"""Texts that are shown without the sentences that give a protected contact away."""

NOT_FOUND: Final = frozenset({"CopyOfRecord", "DestinationDocumentView", "ReferralVersionView"})
"""What is not found at all by whoever does not see protected contacts, where it names them."""

OF_ONE_REGION: Final = frozenset(
    {
        *("EscalationHandoverView", "EscalationNoteView", "Grounds", "LoweringView", "ManagerAgreementView"),
        *("ManagerDecisionView", "StaffView", "SubjectAccessView", "TextOfCopyView"),
    }
)
"""What only the region reads whose staff wrote it, or only who sees protected contacts."""

TO_A_REGION: Final = frozenset({"ShareRequestView", "TransferView"})
"""What one region says to another about who is to have the case, in so many words."""

COMPOSED: Final = frozenset({"TimelineEntryView", "WaitingView"})
"""Sentences that the service makes of codes, and of names as far as the reader may know them."""

PRINTED: Final = frozenset({"read_document_summary", "read_referral_summary"})
"""Pages that print what the reader may read as JSON, after the same gates."""

OF_THE_SERVICE: Final = frozenset({"WithheldView"})
"""Reasons that are the service's own, and the same in every case."""

WITHOUT_WORDS: Final = frozenset(
    {
        # Ids, references, codes and moments.
        *("about", "action", "allowed_transitions", "area", "as_of", "at_most", "blocked_by", "code", "crn"),
        *("etag", "move", "operation", "time", "transitions"),
        *("contact_kind", "counts", "data", "destination", "duplicate_of", "ends_at", "fell_from", "from"),
        *("from_state", "group", "href", "id", "identified_by", "jwks_uri", "kind", "label", "last_fault"),
        *("level", "next", "path", "pointer", "ref", "reference", "relationship", "replaced_lists"),
        *("return_results_at", "review_at", "reword_for", "role", "sections", "service_category", "since"),
        *("standing", "starts_at", "state", "step", "subject_id", "subject_kind", "submission_reference"),
        *("timer", "to_state", "trigger_event", "unit", "url", "withheld", "member", "raised_because"),
        *("adjustments_to_answer", "adjustments_to_decide", "public_key", "sex", "outcome", "why"),
        # Who wrote it, and whose it is.
        *("acting", "asked_by", "author", "by", "decided_by", "ended_by", "entered_by", "excluded_by"),
        *("given_by", "holder", "manager", "named_by", "organisation", "owner", "pdu", "person"),
        *("practitioner", "region", "source", "sources", "staff"),
        # What the service and its law say.
        *("afterwards", "condition", "gateway", "legal_basis", "now", "purpose", "question", "regime"),
        *("receiver_regime", "words"),
        # Who somebody is, and where: shown by the section, and of protected contacts to nobody else.
        *("aliases", "family", "family_name", "given", "given_name", "lines", "local_authority", "name"),
        *("noms_number", "phone", "pnc_number", "police_force", "postcode", "postcodes", "title", "was"),
        # What a destination has no code for, and which detail is missing.
        *("detail", "value"),
    }
)
"""Members that are no text in which anybody can be named, unless a table above says so of their schema."""


def texts(app: Flask) -> set[tuple[str, str]]:
    """Return each text that probation is shown, as the schema that has it and the member."""
    spec = conformance_of(app).spec
    found: set[tuple[str, str]] = set()
    seen: set[str] = set()
    for _, method, operation in operations(spec):
        permission = PERMISSIONS.get(operation.get("x-permission", ""))
        if method != "get" or permission is None or "probation" not in permission.sides:
            continue
        for content in operation["responses"].get("200", {}).get("content", {}).values():
            found.update(_texts(spec, content["schema"], operation["operationId"], "", seen))
    return found


def _texts(
    spec: Mapping[str, Any], schema: Mapping[str, Any], of: str, member: str, seen: set[str]
) -> Iterator[tuple[str, str]]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in seen:
            seen.add(name)
            yield from _texts(spec, spec["components"]["schemas"][name], name, "", seen)
        return
    for each in ("allOf", "anyOf", "oneOf"):
        for one in schema.get(each, ()):
            yield from _texts(spec, one, of, member, seen)
    kinds = schema.get("type", ())
    kinds = [kinds] if isinstance(kinds, str) else kinds
    is_free = "object" in kinds and not schema.get("properties")
    if ("string" in kinds or is_free) and not {"enum", "format"} & schema.keys():
        yield of, member
    for name, inner in schema.get("properties", {}).items():
        yield from _texts(spec, inner, of, member or name, seen)
    if "items" in schema:
        yield from _texts(spec, schema["items"], of, member, seen)


def _is_about_a_case(schema: str) -> bool:
    return not schema.startswith(("Event", "Policy"))


def test_every_text_that_probation_is_shown_has_a_reader_who_was_thought_of(app: Flask) -> None:
    found = {one for one in texts(app) if _is_about_a_case(one[0])}
    apart = NOT_FOUND | OF_ONE_REGION | TO_A_REGION | COMPOSED | PRINTED | OF_THE_SERVICE
    cleaned = {(schema, member) for schema, members in CLEANED.items() for member in members}
    assert found >= cleaned
    assert {schema for schema, _ in found} >= apart
    left = {one for one in found - cleaned if one[0] not in apart and one[1] not in WITHOUT_WORDS}
    assert left == set(), "a text that is added is listed, and goes through the gate"


def named_everywhere(story: Story) -> Json:
    """Return a referral about which everybody has written who she is and where, wherever they may."""
    document = darren_and_toby()
    document["household"]["contacts"].append(
        {
            "ref": "girl",
            "relationship": "child",
            "is_child": True,
            "estimated_age": 6,
            "description": "Red school coat.",
            "details_status": "not_asked",
            "local_authority": "E08000035",
        }
    )
    referral = story.submit(document)
    crs = story.part(referral["id"], "crs", "accommodation")
    ap, mappa = (story.part(referral["id"], kind) for kind in ("approved_premises", "mappa"))
    path = "/v1/destination-referrals"
    story.document(story.cast.crs, crs["id"])
    story.move(story.cast.crs, crs["id"], "decline", reason_code="risk_not_manageable", reason=SECRET)
    story.document(story.cast.mappa, mappa["id"])
    ok(story.practitioner.post(f"{path}/{mappa['id']}/messages", json={"body": SECRET}), 201)
    story.move(story.cast.mappa, mappa["id"], "request_information", question=SECRET)
    story.move(story.practitioner, mappa["id"], "answer_information", answer=SECRET)
    level = {"level": "2", "decided_on": "2026-03-02", "rationale": SECRET}
    story.update(story.cast.mappa, mappa["id"], "level_decision", **level)
    story.take_on(story.cast.ap, ap["id"])
    stay = {"expected_arrival": "2026-03-24", "expected_departure": "2026-06-16"}
    ok(story.place(story.cast.ap, ap["id"], "offer", **stay))
    ok(story.place(story.cast.ap, ap["id"], "cancel", reason=SECRET))
    concern = {"occurred_on": "2026-03-02", "details": SECRET, "people": [], "reporter": SECRET}
    ok(story.cast.ap.post(f"{path}/{ap['id']}/concerns", json=concern), 201)
    appointment = {"state": "booked", "day": "2026-03-25", "time": "10:00", "office": SECRET}
    arranged = {"first_appointment": appointment}
    ok(story.practitioner.post(f"{person_at(CRN)}/release-arrangements", json=arranged), 201)
    _answer_and_decide(story, referral)
    document["risk"]["additional_information"] = SECRET
    tag = story.practitioner.get(referral["href"]).headers["ETag"]
    ok(story.practitioner.post(f"{referral['href']}/versions", json=document, if_match=tag))
    return referral


def _answer_and_decide(story: Story, referral: Json) -> None:
    """Have the police answer, probation decide what it means, and everything else be explained."""
    own = person_at(CRN)
    call_out = {"date": "2025-12-24", "role": "perpetrator", "children_present": "no", "source": "Niche"}
    found = NOTHING_KNOWN | {"call_outs": [call_out | {"summary": SECRET, "verified": "verified"}]}
    for asked in story.inbox(story.cast.police):
        story.answer(story.cast.police, asked["id"], found)
    for kind in ("threat", "possible_separation"):
        story.report_change(CRN, kind, standing="alleged", details=SECRET)
    risk = {"group": "public", "level": "very_high", "reason": SECRET, "who": SECRET, "nature": SECRET}
    story.report_change(CRN, "rosh_changed", rosh=risk)
    for check in story.checks(referral["id"], "police_da"):
        for request in check["requests"]:
            if request["state"] == "returned":
                story.review_answer(check["id"], request["id"], "risk_management_plan", reason=SECRET)
    considered = [{"what": what, "outcome": "not_needed", "reason": SECRET} for what in ("mappa", "marac")]
    for review in ok(story.practitioner.get(f"{own}/reviews"))["items"]:
        if review["state"] == "open":
            story.complete_review(
                review["id"], changes=["risk_management_plan"], reason=SECRET, considered=considered
            )
    decision = {"recipient": "employer", "name": "Hallam Roofing", "reason": SECRET}
    ok(story.practitioner.post(f"{own}/disclosure-decisions", json=decision), 201)


def share(story: Story, *sections: str) -> Caller:
    until = (clock.now() + timedelta(days=90)).isoformat()
    given = {"organisation": "N51", "basis": "joint", "until": until, "reason": SECRET}
    shares = f"{person_at(CRN)}/shares"
    ok(story.practitioner.post(shares, json=given | {"sections": list(sections)}), 201)
    return story.cast.stranger.as_practitioner("t.jones", "practitioner")


def read(app: Flask, caller: Caller) -> Notebook:
    notebook = Notebook(caller, {})
    ok(caller.get(person_at(CRN)))
    read_everything(app, notebook)
    assert {status for _, (status, _, _) in notebook.seen} <= {200, 404, 422}
    return notebook


def given_away(notebook: Notebook) -> set[str]:
    """Return by which members what somebody has read gives her away."""
    return {
        member
        for _, (_, _, body) in notebook.seen
        for member, text in _members(body)
        if any(word in text for word in GIVEN_AWAY)
    }


def _members(body: Any, member: str = "") -> Iterator[tuple[str, str]]:
    match body:
        case dict():
            for name, inner in body.items():
                yield from _members(inner, name)
        case list():
            for inner in body:
                yield from _members(inner, member)
        case str():
            yield member, body


def pages_and_timelines(notebook: Notebook) -> dict[str, int]:
    """Return how many pages to print, and how many timelines, somebody has read."""
    read = [asked.partition(" ")[2] for asked, (status, _, _) in notebook.seen if status == 200]
    return {
        kind: sum(bool(re.fullmatch(rf"/v1/{things}/[^/]+/{kind} .*", asked)) for asked in read)
        for kind, things in (
            ("summary", "(destination-)?referrals"),
            ("timeline", "(people|referrals|checks)"),
        )
    }


def test_whoever_sees_no_protected_contacts_reads_nothing_of_them(story: Story, app: Flask) -> None:
    named_everywhere(story)
    theirs = share(story, *SECTIONS)
    notebook = read(app, theirs)
    assert all(pages_and_timelines(notebook).values())
    (printed,) = (
        body
        for asked, (_, _, body) in notebook.seen
        if re.fullmatch(r"GET /v1/referrals/\S+/summary .*", asked)
    )
    assert "Ellershaw" in printed
    assert "[withheld]" in json.dumps(notebook.seen, default=str)
    assert given_away(notebook) == set()


def test_whoever_sees_protected_contacts_reads_every_text_whole(story: Story, app: Flask) -> None:
    named_everywhere(story)
    theirs = share(story, *SECTIONS, "protected_contacts")
    notebook = read(app, theirs)
    assert given_away(notebook) >= {"details", "reason", "summary", "who"}
    assert any(
        status == 200 and "/summary" in asked and all(word in body for word in GIVEN_AWAY)
        for asked, (status, _, body) in notebook.seen
    )
    assert "[withheld]" not in json.dumps(notebook.seen, default=str)

"""The words of each real form, by value: what a destination is sent is what its own system would take.

Sources: the public repositories of the accommodation services and of the commissioned services.
"""

from collections.abc import Mapping
from typing import Any

import pytest

from service.destinations import DESTINATIONS
from service.destinations.contract import Word
from service.document.regions import AP_AREAS, REGIONS
from service.document.sentence import ConvictionsSchema
from service.document.vocabulary import CONVICTION_KINDS
from tests.destinations.factories import TODAY

ROSH = "Low | Medium | High | Very High"
YES_NO_UNKNOWN = "yes | no | iDontKnow"
CURRENTLY = "InCustody | InCommunity"
GROUPS = {
    f"risk.rosh.{group}": ROSH
    for group in ("overall", "children.level", "public.level", "known_adult.level", "staff.level")
}
REGIONS_OF_CAS = """East Midlands | East of England | Greater Manchester | Kent, Surrey & Sussex | London
    | North East | North West | South Central | South West | Wales | West Midlands | Yorkshire & The Humber"""
OASYS_SECTIONS = "3 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13"

FORMS: Mapping[str, Mapping[str, str]] = {
    "approved_premises": GROUPS
    | {
        "sentence.type": """standardDeterminate | extendedDeterminate | life | ipp | communityOrder
            | bailPlacement | nonStatutory""",
        "sentence.relevant_dates_selected[]": """paroleEligibilityDate | homeDetentionCurfewDate
            | licenceExpiryDate | pssStartDate | pssEndDate | sentenceExpiryDate""",
        "release.type": """licence | rotl | hdc | pss | in_community | not_applicable
            | extendedDeterminateLicence | paroleDirectedLicence | reReleasedPostRecall
            | reReleasedFollowingFixedTermRecall""",
        "risk.level_when_no_tier": "veryHighRisk | highRisk | medium",
        "person.location.type": CURRENTLY,
        "person.sex": "Male | Female",
        "behaviour.previous_cas_stay": YES_NO_UNKNOWN,
        "health.medication": YES_NO_UNKNOWN,
        "health.care_act_assessment": YES_NO_UNKNOWN,
        "health.pregnancy.social_care": YES_NO_UNKNOWN,
        "health.pregnancy.child_removed": "yes | no | decisionPending",
        "health.need_types[]": """mobility | visualImpairment | hearingImpairment | learningDisability
            | neurodivergentConditions | healthcare | pregnancy | other | none""",
        "needs.oasys_linked_sections[]": OASYS_SECTIONS,
        "needs.oasys_other_sections[]": OASYS_SECTIONS,
        "needs.rehabilitative_activities[]": """accommodation | drugsAndAlcohol | childrenAndFamilies | health
            | educationTrainingAndEmployment | financeBenefitsAndDebt | attitudesAndBehaviour | abuse
            | sexWorking | other""",
        "move_on.accommodation_type": """ownAccommodation | livingWithPartnerFamilyOrFriends
            | rentedThroughLocalAuthority | rentedThroughHousingAssociation | privateRented
            | supportedAccommodation | supportedHousing | cas3 | foreignNational | other""",
        "ap.type": "normal | pipe | esap | rfap | mhapElliottHouse | mhapStJosephs",
        "ap.notice_type": "emergency | shortNotice | standard",
        "ap.purposes[]": """publicProtection | preventContact | readjust | drugAlcoholMonitoring
            | preventSelfHarm | otherReason""",
        "ap.short_notice_reason": """riskEscalated | planBrokenDown | furtherOffence | alternativeToRecall
            | paroleBoardOrPPCS | shortSentence | onBail | other""",
        "ap.situation": """riskManagement | residencyManagement | bailAssessment | bailSentence
            | awaitingSentence""",
        "ap.esap.factors[]": """neurodiverse | complexPersonality | nonNsd | careAndSeperation | unlock
            | corrupter""",
        "ap.esap.secreting.items[]": """radicalisationLiterature | hateCrimeLiterature | csaLiterature | drugs
            | weapons | fire | electronicItems""",
        "ap.esap.cctv.behaviours[]": """appearance | networks | staffAssualt | prisonerAssualt | threatsToLife
            | communityThreats""",
    },
    "cas3": GROUPS
    | {
        "sentence.type": "standardDeterminate | extendedDeterminate | life | ipp | offenderRehabilitationAct",
        "release.releases[].type": """crdLicence | parole | fixedTermRecall | standardRecall
            | riskAssessedRecallReview | indeterminatePublicProtectionRarr | pss""",
        "licence.conditions[].type": """alcoholMonitoring | civilOrders | curfew | drugTesting
            | engagementWithServices | exclusionZone | initmateRelationships | noContactWithChildren
            | nonAssociation | nonContact | programmes | residencyRestriction | other""",
        "risk.self.safety_plan": "yesAndConsentToShareHasBeenGiven | yesButNoConsentToShare | noSafetyPlan",
        "approvals.specific_risks": "yes | needsAddress | notRequired",
        "behaviour.previous_cas_stay": YES_NO_UNKNOWN,
        "health.diet": YES_NO_UNKNOWN,
        "health.need_types[]": """mobility | visualImpairment | hearingImpairment | learningDisability
            | neurodivergence | mentalHealth | physicalHealth | language | other | none""",
        "person.location.type": CURRENTLY,
        "person.sex": "Male | Female",
        "housing.dtr.outcome": """acceptedPreventionAndReliefDuty | acceptedPriorityNeed
            | rejectedNoLocalConnection | rejectedIntentionallyHomeless | rejectedOther | pending""",
        "cas3.eligibility_reason": """homelessFromCustody | homelessFromApprovedPremises
            | homelessFromBailAccommodation""",
        "referrer.region": REGIONS_OF_CAS,
        "cas3.location.region": REGIONS_OF_CAS,
    },
    "crs": GROUPS
    | {
        "crs.complexity": "LOW | MEDIUM | HIGH",
        "person.location.type": "CUSTODY | COMMUNITY",
        "person.sex": "Male | Female",
        "referrer.region": "A | B | C | D | E | F | G | H | I | J | K | L",
    },
    "mappa": {},
}
# Where a word is not the canonical value spelled another way, the pair itself is what may be wrong.
PAIRS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "approved_premises": {
        "sentence.relevant_dates_selected[]": {
            "hdc_date": "homeDetentionCurfewDate",
            "expiry_date": "sentenceExpiryDate",
        },
        "release.type": {
            "crd_licence": "licence",
            "parole": "paroleDirectedLicence",
            "extended_determinate_licence": "extendedDeterminateLicence",
            "standard_recall": "reReleasedPostRecall",
            "fixed_term_recall": "reReleasedFollowingFixedTermRecall",
        },
        "health.need_types[]": {
            "neurodivergence": "neurodivergentConditions",
            "mental_health": "other",
            "physical_health": "other",
            "language": "other",
        },
        "needs.oasys_linked_sections[]": {
            "accommodation": "3",
            "relationships": "6",
            "lifestyle": "7",
            "drugs": "8",
            "alcohol": "9",
            "emotional": "10",
            "thinking": "11",
            "attitudes": "12",
            "health": "13",
        },
        "ap.short_notice_reason": {"parole_board_or_ppcs": "paroleBoardOrPPCS"},
        "ap.esap.factors[]": {"care_and_separation": "careAndSeperation"},
        "ap.esap.cctv.behaviours[]": {
            "staff_assault": "staffAssualt",
            "prisoner_assault": "prisonerAssualt",
        },
    },
    "cas3": {
        "release.releases[].type": {"ipp_rarr": "indeterminatePublicProtectionRarr"},
        "licence.conditions[].type": {"intimate_relationships": "initmateRelationships"},
        "risk.self.safety_plan": {
            "yes_consent_to_share": "yesAndConsentToShareHasBeenGiven",
            "yes_no_consent_to_share": "yesButNoConsentToShare",
        },
        "health.need_types[]": {"healthcare": "other", "pregnancy": "other"},
        "referrer.region": {"N55": "Yorkshire & The Humber", "N57": "Kent, Surrey & Sussex", "N03": "Wales"},
    },
    "crs": {
        "referrer.region": dict(
            zip(
                ("N54", "N51", "N55", "N03", "N52", "N53", "N58", "N59", "N56", "N07", "N57", "N50"),
                "ABCDEFGHIJKL",
                strict=True,
            )
        )
    },
}


def words(listed: str) -> set[str]:
    return {word.strip() for word in listed.split("|")}


def said(word: Any) -> Any:
    return word.value if isinstance(word, Word) else word


@pytest.mark.parametrize(("kind", "path"), [(kind, path) for kind, form in FORMS.items() for path in form])
def test_every_word_is_one_of_the_forms_and_every_one_of_the_forms_can_be_said(kind: str, path: str) -> None:
    assert {said(word) for word in DESTINATIONS[kind].vocabulary[path].values()} == words(FORMS[kind][path])


@pytest.mark.parametrize("kind", DESTINATIONS)
def test_every_vocabulary_is_compared_with_the_form_of_its_destination(kind: str) -> None:
    assert DESTINATIONS[kind].vocabulary.keys() == FORMS[kind].keys()


@pytest.mark.parametrize(
    ("kind", "path", "value", "word"),
    [
        (kind, path, value, word)
        for kind, form in PAIRS.items()
        for path, pairs in form.items()
        for value, word in pairs.items()
    ],
)
def test_each_irregular_word_stands_for_the_right_value(kind: str, path: str, value: str, word: str) -> None:
    found = DESTINATIONS[kind].word(path, value, TODAY)
    assert found is not None
    assert found.value == word


@pytest.mark.parametrize("kind", DESTINATIONS)
def test_every_other_word_is_the_canonical_value_in_another_spelling(kind: str) -> None:
    def bare(spelled: str) -> str:
        return spelled.replace("_", "").replace(" ", "").lower()

    regions = {"referrer.region", "cas3.location.region"}
    irregular = {(path, value) for path, pairs in PAIRS.get(kind, {}).items() for value in pairs}
    irregular |= {("needs.oasys_other_sections[]", value) for _, value in irregular}
    for path, vocabulary in DESTINATIONS[kind].vocabulary.items():
        for value, word in vocabulary.items():
            if (path, value) in irregular:
                continue
            if path in regions:
                assert bare(said(word)).replace("&", "and") == bare(REGIONS[value]), (path, value)
            elif path == "risk.level_when_no_tier":
                assert bare(said(word)).removesuffix("risk") == bare(value)
            elif path == "person.location.type":
                assert bare(said(word)).removeprefix("in") == bare(value)
            elif said(word) == "iDontKnow":
                assert value == "not_known"
            else:
                assert bare(said(word)) == bare(value), (path, value)


def test_the_area_of_each_region_is_one_of_the_seven() -> None:
    assert dict(AP_AREAS) == {
        "N03": "Wales",
        "N07": "LON",
        "N50": "NW",
        "N51": "NW",
        "N52": "Mids",
        "N53": "Mids",
        "N54": "NE",
        "N55": "NE",
        "N56": "SEE",
        "N57": "SEE",
        "N58": "SWSC",
        "N59": "SWSC",
    }


def test_four_kinds_of_conviction_are_sexual_and_no_kind_is_left_out() -> None:
    assert {kind for kind, sexual in CONVICTION_KINDS.items() if sexual} == {
        "contact_sexual_offences_against_adults",
        "non_contact_sexual_offences_against_adults",
        "contact_sexual_offences_against_children",
        "non_contact_sexual_offences_against_children",
    }
    assert {kind for kind, sexual in CONVICTION_KINDS.items() if not sexual} == {
        "hate_crime",
        "non_sexual_offences_against_children",
    }
    assert ConvictionsSchema().fields.keys() - {"any_listed", "arson"} == CONVICTION_KINDS.keys()

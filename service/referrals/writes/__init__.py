"""The only place that writes the rows of referrals, every column of them.

Each function writes the rows, appends the event that explains them, records the audit entry, publishes to
those who may know, and starts or stops the clocks, all in the caller's transaction. It decides nothing.
"""

from service.referrals.writes.destination_referrals import (
    WHAT_ENDS,
    NewPart,
    bump_version,
    end_rest,
    follow_adjustments,
    follow_notice,
    follow_wording,
    mark_repeat,
    move,
    open_parts,
    owe_again,
    raise_urgency,
    record_event,
    restart_silence,
    set_lacking,
    set_reasons,
    set_undecided,
    stop_clocks,
    stop_waiting,
    suspend,
)
from service.referrals.writes.disclosures import record_change_notice, record_disclosure
from service.referrals.writes.messages import acknowledge, correct_update, record_message, record_update
from service.referrals.writes.move_corrections import correct_move
from service.referrals.writes.placements import keep_told, place, record_departed_without_agreement
from service.referrals.writes.referrals import follow_case, make_version, store_referral
from service.referrals.writes.sharing import announce_end, end_sharing, set_bases

__all__ = [
    "WHAT_ENDS",
    "NewPart",
    "acknowledge",
    "announce_end",
    "bump_version",
    "correct_move",
    "correct_update",
    "end_rest",
    "end_sharing",
    "follow_adjustments",
    "follow_case",
    "follow_notice",
    "follow_wording",
    "keep_told",
    "make_version",
    "mark_repeat",
    "move",
    "open_parts",
    "owe_again",
    "place",
    "raise_urgency",
    "record_change_notice",
    "record_departed_without_agreement",
    "record_disclosure",
    "record_event",
    "record_message",
    "record_update",
    "restart_silence",
    "set_bases",
    "set_lacking",
    "set_reasons",
    "set_undecided",
    "stop_clocks",
    "stop_waiting",
    "store_referral",
    "suspend",
]

"""Decisions that take four eyes: what was asked of which manager, and what was decided.

Owns the record of every such decision and its clock. What is decided about belongs to the packages above,
which register how a decision is carried out.
"""

from service.agreements.actions.asking import ask_for
from service.agreements.actions.readdressing import follow_one, pass_over
from service.agreements.actions.recording import (
    follow_case,
    lapse,
    lapse_all,
    record_decision,
    record_decisions,
)
from service.agreements.hooks import Carry, Decision, Fact, Found, Record, Subject, register, register_record

__all__ = [
    "Carry",
    "Decision",
    "Fact",
    "Found",
    "Record",
    "Subject",
    "ask_for",
    "follow_case",
    "follow_one",
    "lapse",
    "lapse_all",
    "pass_over",
    "record_decision",
    "record_decisions",
    "register",
    "register_record",
]

"""Referral Exchange: one probation referral sent to many destinations, with checks and an audit trail."""

"""Referral Exchange: one probation referral, fanned out; checks chased; a trail that can be proved."""

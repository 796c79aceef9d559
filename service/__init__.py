"""Referral Exchange: one probation referral, fanned out; checks chased until answered; a trail that can be proved."""

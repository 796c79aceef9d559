"""The canonical referral as it is submitted: its sections, its words, and what must agree across them.

One concept is stored once, in the vocabulary here; what a destination calls it is in that destination's own
file. A stored document is plain JSON: dates are ISO text.
"""

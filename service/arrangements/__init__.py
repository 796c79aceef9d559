"""What is arranged for a release, as probation says it: a tag, proof of identity, a benefit, an appointment.

It owns what was said, by whom and when; what is ready on the day of a release is judged by `work.releases`.
No destination is sent any of it.
"""

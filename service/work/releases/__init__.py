"""The day-of-release board: who is released, what is ready for it, and whose move each thing is that is not.

It owns no fact and changes none: what is found about somebody is judged by one table (`rules`).
"""

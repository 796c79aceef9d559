"""Whose move it is: the list of what each caller has to do, over everything that waits.

An obligation is a clock of `timers`; what it is about belongs to the packages below. Nothing is written here.
"""

"""The person on probation, household, contacts and addresses, and who may know of them.

Owns facts about people with their source and history; decides nothing about what must be checked or sent.
"""

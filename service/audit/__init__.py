"""The audit trail: who did what, to whose data and why. Entries are only ever added, never changed.

It holds field names, codes and identifiers, never the values of a person's data.
"""

from service.access.audit_hooks import AuditHooks, register_hooks
from service.audit.partitions import make_partitions
from service.audit.refusals import aggregate_refusals, denied
from service.audit.trail import record
from service.audit.verify import Discrepancy, verify_bodies

__all__ = ["Discrepancy", "aggregate_refusals", "denied", "make_partitions", "record", "verify_bodies"]

register_hooks(AuditHooks(record=record, denied=denied))

"""What was done, by whom, to whose data and why: entries that can be added and never changed.

The trail keeps names, codes and identifiers, never the values of a person's data.
"""

from service.access.audit_hooks import AuditHooks, register_hooks
from service.audit.partitions import make_partitions
from service.audit.refusals import denied, sum_up_refusals
from service.audit.trail import record
from service.audit.verify import Discrepancy, verify_bodies

__all__ = ["Discrepancy", "denied", "make_partitions", "record", "sum_up_refusals", "verify_bodies"]

register_hooks(AuditHooks(record=record, denied=denied))

"""Release dates that prisons send in bulk: taken at once, and followed person by person by a worker.

A prison is told how many lines were taken and nothing else: its call reads no record of anybody.
"""

from service.release_dates.actions import follow_release_dates

__all__ = ["follow_release_dates"]

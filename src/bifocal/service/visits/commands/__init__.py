"""Visits: every write. Decisions of the office, facts of the field, billing of the job."""

from bifocal.service.visits.commands.accrual import accrue_unbilled
from bifocal.service.visits.commands.billing import bill_job, close_job
from bifocal.service.visits.commands.field import (
    arrive,
    finish_visit,
    pause_visit,
    resume_visit,
    start_travel,
    start_work,
    use_part_on_visit,
)  # fmt: skip
from bifocal.service.visits.commands.office import (
    add_visit,
    cancel_visit,
    dispatch_visit,
    recall_visit,
    schedule_visit,
    settle_card,
    unschedule_visit,
)  # fmt: skip

__all__ = [
    "accrue_unbilled", "add_visit", "arrive", "bill_job", "cancel_visit", "close_job", "dispatch_visit", "finish_visit", "pause_visit",
    "recall_visit", "resume_visit", "schedule_visit", "settle_card", "start_travel", "start_work", "unschedule_visit",
    "use_part_on_visit",
]  # fmt: skip

"""Visits: every write. Decisions of the office, facts of the field, billing of the job."""

from bifocal.service.visits.commands.accrual import accrue_unbilled
from bifocal.service.visits.commands.bans import ban_person, lift_ban
from bifocal.service.visits.commands.billing import bill_job, close_job
from bifocal.service.visits.commands.field import (
    arrive,
    cancel_travel,
    divert,
    finish_visit,
    pause_visit,
    resume_visit,
    start_travel,
    start_work,
    use_part_on_visit,
)  # fmt: skip
from bifocal.service.visits.commands.office import (
    add_helper,
    add_visit,
    amend_visit,
    cancel_visit,
    confirm_visit,
    dispatch_visit,
    recall_visit,
    remove_helper,
    restore_visit,
    schedule_visit,
    settle_card,
    unschedule_visit,
)  # fmt: skip
from bifocal.service.visits.commands.work import cancel_job, complete_job, hold_job, reinstate_job, release_job

__all__ = [
    "accrue_unbilled", "add_helper", "add_visit", "amend_visit", "arrive", "ban_person", "bill_job", "cancel_job", "cancel_travel",
    "cancel_visit", "close_job", "complete_job", "confirm_visit", "dispatch_visit", "divert", "finish_visit", "hold_job", "lift_ban",
    "pause_visit", "recall_visit", "reinstate_job", "release_job", "remove_helper", "restore_visit", "resume_visit", "schedule_visit",
    "settle_card", "start_travel", "start_work", "unschedule_visit", "use_part_on_visit",
]  # fmt: skip

"""People, vehicles and the one calendar: every write."""

from bifocal.kernel.people.commands.demand import drop_demand, fill_demand, note_demand
from bifocal.kernel.people.commands.hours import free_hours
from bifocal.kernel.people.commands.people import (
    allocate,
    form_crew,
    give_skill,
    hire_person,
    lock_person,
    release,
    time_off,
)
from bifocal.kernel.people.commands.staff import change_crew, drop_skill, edit_person, set_pay, set_skill
from bifocal.kernel.people.commands.vehicles import add_vehicle, book_vehicle, give_back_vehicle

__all__ = [
    "add_vehicle", "allocate", "book_vehicle", "change_crew", "drop_demand", "drop_skill", "edit_person",
    "fill_demand", "form_crew", "free_hours", "give_back_vehicle", "give_skill",
    "hire_person", "lock_person", "note_demand", "release", "set_pay", "set_skill", "time_off",
]  # fmt: skip

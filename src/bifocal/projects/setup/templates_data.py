"""Project templates: phases, milestones and activities, team roles, cost codes. Plain data; edit or add."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Template:
    """What a new project of this sort starts with. Activities: (code, name, days, after, phase)."""

    name: str
    phases: tuple[tuple[str, str], ...]
    cost_codes: tuple[tuple[str, str], ...]
    activities: tuple[tuple[str, str, int, tuple[str, ...], str], ...]
    roles: tuple[str, ...] = ("project_manager", "superintendent", "foreman")


TENANT_FIT_OUT = Template(
    name="Tenant fit-out, mechanical and electrical",
    phases=(("00", "Preconstruction"), ("10", "Rough-in"), ("20", "Trim"), ("30", "Start-up and closeout")),
    cost_codes=(
        ("01-0000", "General conditions"), ("22-0000", "Plumbing"), ("23-0000", "HVAC"), ("23-3000", "Ductwork"),
        ("26-0000", "Electrical"), ("26-5000", "Lighting"), ("28-0000", "Fire alarm and low voltage"),
    ),
    activities=(
        ("A10", "Notice to proceed", 0, (), "00"), ("A20", "Submittals and approvals", 10, ("A10",), "00"),
        ("A30", "Demolition and layout", 3, ("A10",), "10"), ("A40", "Overhead rough-in", 12, ("A30", "A20"), "10"),
        ("A50", "Electrical rough-in", 10, ("A40 SS+4",), "10"), ("A60", "Rough-in inspection", 0, ("A40", "A50"), "10"),
        ("A70", "Ceilings by others", 5, ("A60",), "20"), ("A80", "Trim and devices", 8, ("A70",), "20"),
        ("A90", "Start-up and balancing", 4, ("A80",), "30"), ("A95", "Substantial completion", 0, ("A90",), "30"),
    ),
)  # fmt: skip
SERVICE_UPGRADE = Template(
    name="Equipment replacement",
    phases=(("00", "Preparation"), ("10", "Replacement"), ("20", "Start-up")),
    cost_codes=(("01-0000", "General conditions"), ("23-0000", "HVAC"), ("26-0000", "Electrical")),
    activities=(
        ("A10", "Notice to proceed", 0, (), "00"), ("A20", "Procure equipment", 15, ("A10",), "00"),
        ("A30", "Remove and set", 4, ("A20",), "10"), ("A40", "Pipe and wire", 5, ("A30",), "10"),
        ("A50", "Start-up", 2, ("A40",), "20"), ("A60", "Substantial completion", 0, ("A50",), "20"),
    ),
)  # fmt: skip
TEMPLATES = {"tenant_fit_out": TENANT_FIT_OUT, "equipment_replacement": SERVICE_UPGRADE}

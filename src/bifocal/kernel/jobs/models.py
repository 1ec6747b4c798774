"""Jobs, phases, cost codes, the parties of a job."""

from __future__ import annotations

from typing import Self

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models import Q

from bifocal.core.actor import Actor
from bifocal.core.models import Aggregate, Branch, BusinessUnit, Record, Visible
from bifocal.kernel.jobs.rules import BillingRule, Profile, Work, lens
from bifocal.kernel.parties.models import Contact, Customer, Site, Vendor
from bifocal.kernel.people.models import Person
from bifocal.kernel.pricebook.models import Item


class CostCode(Record):
    """What the cost was for: '22-0000 Plumbing'."""

    kind = "cost_code"
    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class JobType(Record):
    """What a call of this sort takes and how it bills."""

    kind = "job_type"
    code = models.CharField(max_length=30, unique=True)
    name = models.CharField(max_length=80)
    minutes = models.PositiveIntegerField(help_text="Planned duration of a visit")
    skill = models.CharField(max_length=30, blank=True)
    people = models.PositiveSmallIntegerField(default=1, help_text="How many must be there at once")
    billing_rule = models.CharField(max_length=24, default=BillingRule.TIME_AND_MATERIALS)
    bills_on_site = models.BooleanField(default=True)
    flat_item = models.ForeignKey(Item, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    labor_item = models.ForeignKey(Item, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    business_unit = models.ForeignKey(BusinessUnit, null=True, on_delete=models.PROTECT)
    cost_code = models.ForeignKey(CostCode, null=True, blank=True, on_delete=models.PROTECT)

    def __str__(self) -> str:
        return self.name


class JobSet(Visible):
    def seen_by(self, actor: Actor) -> Self:
        """A field person sees the jobs they are on the team of; a link's holder the job it names."""
        if actor.person_id is not None:
            seats = JobMember.objects.filter(person_id=actor.person_id, until=None)
            return self.filter(pk__in=seats.values("job_id"))
        return self.filter(uid=actor.link_uid) if actor.link_uid else self.none()


class Job(Aggregate):
    """The one cost object: every hour, part, bill, invoice and document names a job."""

    kind = "job"
    beside = ("customer", "site", "branch", "job_type__cost_code")
    answers = ("number", "work_status", "profile")
    number = models.CharField(max_length=20, unique=True)
    title = models.CharField(max_length=160)
    notes = models.TextField(blank=True)
    profile = models.CharField(max_length=12, choices=[(p, p) for p in Profile])
    work_status = models.CharField(max_length=14, choices=[(w, w) for w in Work], default=Work.OPEN)
    job_type = models.ForeignKey(JobType, null=True, blank=True, on_delete=models.PROTECT)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="jobs")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="jobs")
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT)
    business_unit = models.ForeignKey(BusinessUnit, null=True, on_delete=models.PROTECT)
    billing_rule = models.CharField(max_length=24, default=BillingRule.TIME_AND_MATERIALS)
    tax_code = models.CharField(max_length=20, blank=True)
    customer_po = models.CharField(max_length=60, blank=True)
    promised = DateTimeRangeField(null=True, help_text="Arrival window told to the customer")
    priority = models.PositiveSmallIntegerField(default=3)
    hold_reason = models.CharField(max_length=14, blank=True)
    hold_note = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(max_length=24, blank=True)
    started_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    promoted_at = models.DateTimeField(null=True)
    origin = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="follow_ups")
    origin_why = models.CharField(max_length=20, blank=True, help_text="warranty, recall, follow_up")
    template = models.CharField(max_length=60, blank=True)
    external_id = models.CharField(max_length=80, blank=True)
    custom = models.JSONField(default=dict, blank=True)
    objects = JobSet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["work_status", "-id"], name="job_status"),
            models.Index(fields=["customer", "-id"], name="job_customer"),
            models.Index(fields=["profile", "-id"], name="job_profile"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(work_status=Work.ON_HOLD) | ~Q(hold_reason=""), name="a_hold_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def run_by(self) -> list[tuple[str, str]]:
        """Whom to write to about how the job runs: name and e-mail address of its project managers and superintendents, each once."""
        team = self.members.filter(until=None, role__in=["project_manager", "superintendent"]).exclude(person__email="")
        return sorted(set(team.values_list("person__name", "person__email")))

    @property
    def lens(self) -> str:
        return lens(self.profile)


class Phase(Record):
    """A stretch of a project: rough-in, trim, closeout."""

    kind = "phase"
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="phases")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    place = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "code"], name="one_phase_per_code")]
        ordering = ["place", "id"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class JobParty(models.Model):
    """Who else has a part in a job: owner, general contractor, tenant, bill-to, approver, architect."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="parties")
    role = models.CharField(max_length=24)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT)
    vendor = models.ForeignKey(Vendor, null=True, on_delete=models.PROTECT)
    contact = models.ForeignKey(Contact, null=True, on_delete=models.PROTECT)


class JobMember(models.Model):
    """Our own people on a job: the project's team, or whoever has a visit on it."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="members")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=24, default="technician")
    until = models.DateTimeField(null=True, help_text="When they stopped seeing the job")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "person", "role"], name="one_seat_per_role")]


class JobCapability(models.Model):
    """Something that one job has although its lens, or the company's, leaves it out: a service job's change orders, say."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="capabilities")
    capability = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "capability"], name="one_capability_per_job")]


class WageRule(models.Model):
    """A prevailing-wage determination of a job: what an hour of a class costs there at least."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="wage_rules")
    work_class = models.CharField(max_length=40)
    pay_class = models.CharField(max_length=40)
    rate = models.DecimalField(max_digits=8, decimal_places=2)
    fringe = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    from_date = models.DateField()


class CustomField(models.Model):
    """A field that this company added to customers, sites, jobs, equipment or documents (decision 26)."""

    on_kind = models.CharField(max_length=30)
    name = models.CharField(max_length=40)
    label = models.CharField(max_length=80)
    sort = models.CharField(max_length=10, default="text", help_text="text, number, date, yes_no, choice")
    choices = models.JSONField(default=list, blank=True)
    required = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["on_kind", "name"], name="one_custom_field")]

"""What the mechanics keep: users, the company, counters, requests, facts, links, tokens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Self
from uuid import UUID

from django.apps import apps
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Lower, Now

from bifocal.core.actor import Actor
from bifocal.core.subject import Subject
from bifocal.lib.errors import Invalid, NotFound, StaleVersion
from bifocal.lib.ids import uuid7


@dataclass(frozen=True)
class Expects:
    """The version the caller last saw, or None where it does not matter."""

    expected_version: int | None = None


class XidField(models.Field):  # type: ignore[type-arg]
    """PostgreSQL's 64-bit transaction id, set by the database's default (decision 7)."""

    def db_type(self, connection: Any) -> str:
        return "xid8"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> int | None:
        return None if value is None else int(value)

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        return "%s::text::xid8"


class CurrentXid(models.Func):
    function = "pg_current_xact_id"
    output_field = XidField()


class Visible(models.QuerySet[Any]):
    """Rows as one actor may see them. The office sees all; others see nothing unless a module says which."""

    def _one(self, uid: UUID, actor: Actor) -> Self:
        rows = self.visible_to(actor).filter(uid=uid).order_by()
        return rows.select_related(*self.model.beside) if self.model.beside else rows

    def visible_to(self, actor: Actor) -> Self:
        return self if actor.sees_all else self.seen_by(actor)

    def seen_by(self, actor: Actor) -> Self:
        """What a field or portal actor sees. Fails closed; modules override it."""
        return self.none()

    def find(self, uid: UUID, actor: Actor) -> Any:
        """The visible row with this uid. Raises NotFound: what may not be seen does not exist."""
        row = next(iter(self._one(uid, actor)), None)
        if row is None:
            raise NotFound(f"There is no {self.model._meta.verbose_name} {uid}, or you may not see it.")
        return row

    def locked(self, uid: UUID, actor: Actor, call: Expects | None = None) -> Any:
        """`find`, with the row locked until the transaction ends. Raises StaleVersion when somebody was faster."""
        row = next(iter(self._one(uid, actor).select_for_update(of=("self",))), None)
        if row is None:
            raise NotFound(f"There is no {self.model._meta.verbose_name} {uid}, or you may not see it.")
        expected = call.expected_version if call else None
        if expected is not None and expected != row.version:
            last = Fact.objects.filter(subject_uid=uid).order_by("-id").first()
            by = last.actor_name if last else "somebody"
            raise StaleVersion(
                f"{by} changed this {self.model._meta.verbose_name} while you had it open. Look at it again, then repeat.",
                current_version=row.version,
                changed_by=by,
            )
        return row


class Record(models.Model):
    """A row that the outside can name: `uid` is its address, human numbers come on top."""

    kind: ClassVar[str] = ""
    answers: ClassVar[tuple[str, ...]] = ()
    beside: ClassVar[tuple[str, ...]] = ()  # rows that `find` and `locked` read along with it

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True

    @property
    def subject(self) -> Subject:
        return Subject(self.kind, self.uid)

    def answer(self) -> dict[str, Any]:
        """What a command answers about it: kind, uid and the model's `answers` columns."""
        return {"kind": self.kind, "uid": self.uid, **{name: getattr(self, name) for name in self.answers}}


class Aggregate(Record):
    """A record that commands change: each change raises `version`."""

    version = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        abstract = True

    def change(self, **values: Any) -> Self:
        """Set these columns and raise the version, in one UPDATE."""
        for name, value in values.items():
            setattr(self, name, value)
        self.version += 1
        self.save(update_fields=[*values, "version"])
        return self

    def answer(self) -> dict[str, Any]:
        return {**super().answer(), "version": self.version}


def find_subject(subject: Subject, actor: Actor) -> Any:
    """The row that a subject names. Raises NotFound where the actor may not see it, Invalid for a kind of which nothing can be named."""
    for model in apps.get_models():
        if issubclass(model, Record) and model.kind == subject.kind and isinstance(rows := model._default_manager.all(), Visible):
            return rows.find(subject.uid, actor)
    raise Invalid(f"There is nothing of the kind '{subject.kind}'. Name a job, a visit, a document or another record by its kind.")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **extra: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> User:
        return self.create_user(email, password, roles=["owner"], **extra)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """Somebody with a sign-in. What they may do follows from `roles` (front/rights.py)."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    roles = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=5, default="en-us")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    def __str__(self) -> str:
        return self.name

    @property
    def is_staff(self) -> bool:
        return False

    @property
    def is_superuser(self) -> bool:
        return False


class Company(models.Model):
    """The one company of this database: letterhead, address of the server, mail, terms."""

    name = models.CharField(max_length=120, default="My company")
    legal_name = models.CharField(max_length=160, blank=True)
    address = models.TextField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    license = models.CharField(max_length=80, blank=True, help_text="Contractor's license, printed on documents")
    logo_sha256 = models.CharField(max_length=64, blank=True)
    base_url = models.CharField(max_length=200, blank=True, help_text="Address people use, like https://shop.example")
    https = models.CharField(max_length=12, default="off", help_text="off, proxy, certificate")
    mail_host = models.CharField(max_length=120, blank=True)
    mail_port = models.PositiveIntegerField(default=587)
    mail_user = models.CharField(max_length=120, blank=True)
    mail_password = models.TextField(blank=True, help_text="Sealed (core/seal.py)")
    mail_security = models.CharField(max_length=10, default="starttls", help_text="starttls, tls, none")
    bill_timing = models.CharField(max_length=20, default="issue")
    version = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_company")]

    @classmethod
    def get(cls) -> Company:
        return cls.objects.get_or_create(id=1)[0]

    def at(self, path: str) -> str:
        """A page's whole address, as it stands in a letter: '/link/abc' is 'https://shop.example/link/abc'."""
        return self.base_url.rstrip("/") + path


class Branch(Record):
    """A place of business: its zone decides accounting dates, its letterhead what paper says."""

    kind = "branch"
    code = models.CharField(max_length=8, unique=True)
    name = models.CharField(max_length=80)
    tz = models.CharField(max_length=40, default="America/New_York")
    address = models.TextField(blank=True)
    phone = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return self.name


class BusinessUnit(Record):
    """A trade's profit and loss: 'HVAC service', 'Electrical projects'."""

    kind = "business_unit"
    code = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=80)
    lens = models.CharField(max_length=10, default="service")

    def __str__(self) -> str:
        return self.name


class Counter(models.Model):
    """The last number given in a series. Its row is locked last in a command, so numbers have no gaps."""

    series = models.CharField(max_length=60, primary_key=True)
    value = models.BigIntegerField(default=0)


class Request(models.Model):
    """A command once asked: the same key gets the first answer again (decision 2). Kept 90 days."""

    actor_key = models.CharField(max_length=80)
    request_id = models.UUIDField()
    command = models.CharField(max_length=60)
    body_hash = models.CharField(max_length=64)
    answer = models.JSONField(null=True)
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor_key", "request_id"], name="one_answer_per_request")]
        indexes = [models.Index(fields=["received_at"])]


class Fact(models.Model):
    """What happened: history, audit, webhooks and bridges all read this table."""

    name = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=30)
    subject_uid = models.UUIDField()
    payload = models.JSONField(default=dict)
    actor_kind = models.CharField(max_length=10)
    actor_key = models.CharField(max_length=80)
    actor_name = models.CharField(max_length=120)
    path = ArrayField(models.CharField(max_length=60), default=list)
    request_id = models.UUIDField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(db_default=Now())
    xid = XidField(db_default=CurrentXid(), editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["subject_uid", "-id"], name="fact_subject"),
            models.Index(fields=["xid", "id"], name="fact_xid"),
            models.Index(fields=["request_id"], name="fact_request"),
        ]


class Delivery(models.Model):
    """One fact on its way to one subscriber: at least once, in order per subject."""

    fact = models.ForeignKey(Fact, on_delete=models.CASCADE)
    subscriber = models.CharField(max_length=80)
    status = models.CharField(max_length=10, default="waiting")
    tries = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fact", "subscriber"], name="one_delivery")]
        indexes = [models.Index(fields=["status"], condition=~models.Q(status="done"), name="delivery_open")]


class AccessLink(Record):
    """An outside person's key to one thing: hashed, scoped, expiring, revocable (decision 9)."""

    kind = "access_link"
    token_hash = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(max_length=40)
    subject_kind = models.CharField(max_length=30)
    subject_uid = models.UUIDField()
    contact_name = models.CharField(max_length=120)
    contact_email = models.EmailField(blank=True)
    rights = ArrayField(models.CharField(max_length=40))
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    uses = models.PositiveIntegerField(default=0)
    last_used_at = models.DateTimeField(null=True)


class ApiToken(Record):
    """A program's or device's key: only its hash is kept."""

    kind = "api_token"
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    name = models.CharField(max_length=80)
    token_hash = models.CharField(max_length=64, unique=True)
    revoked_at = models.DateTimeField(null=True)


class Refusal(models.Model):
    """An access that was refused, in a transaction of its own."""

    at = models.DateTimeField(db_default=Now())
    actor_key = models.CharField(max_length=80)
    what = models.CharField(max_length=120)
    why = models.TextField()


class Backup(models.Model):
    """A backup that was made and read back."""

    at = models.DateTimeField(db_default=Now())
    path = models.CharField(max_length=400)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)


class SearchEntry(models.Model):
    """What the command palette searches: written by the commands, one row per findable record."""

    kind = models.CharField(max_length=30)
    uid = models.UUIDField(unique=True)
    title = models.CharField(max_length=200)
    detail = models.CharField(max_length=300, blank=True)
    text = models.TextField()

    class Meta:
        indexes = [
            GinIndex(fields=["text"], opclasses=["gin_trgm_ops"], name="search_text"),
            models.Index(OpClass(Lower("title"), name="text_pattern_ops"), name="search_title"),
        ]


def kinds(models_: Iterable[type[Record]]) -> dict[str, type[Record]]:
    """The table kind -> model of those given."""
    return {m.kind: m for m in models_ if m.kind}

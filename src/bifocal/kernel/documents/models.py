"""Files and what they belong to. Content is stored once per SHA-256, under var/files."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Self

from django.conf import settings
from django.db import models

from bifocal.core.actor import Actor
from bifocal.core.models import Record, Visible


class FileSet(Visible):
    def seen_by(self, actor: Actor) -> Self:
        return self.filter(subject_uid=actor.link_uid) if actor.link_uid else self.filter(by_key=actor.key)


class File(Record):
    """A photo, a signature, a signed paper: original bytes kept, named by their hash."""

    kind = "file"
    answers = ("name", "sha256", "sort")
    sha256 = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField()
    sort = models.CharField(max_length=12, default="file", help_text="photo, signature, paper, file")
    subject_kind = models.CharField(max_length=30)
    subject_uid = models.UUIDField()
    by_key = models.CharField(max_length=80)
    by_name = models.CharField(max_length=120)
    taken_at = models.DateTimeField(null=True)
    objects = FileSet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["subject_uid"])]

    def read(self) -> bytes:
        """The bytes, checked against their hash. Raises ValueError when the store was tampered with."""
        data = path_of(self.sha256).read_bytes()
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise ValueError(f"the stored file {self.uid} does not match its hash")
        return data


def path_of(sha256: str) -> Path:
    return Path(settings.FILES) / sha256[:2] / sha256


def store(data: bytes) -> str:
    """Keep the bytes (once per content) and return their SHA-256."""
    digest = hashlib.sha256(data).hexdigest()
    path = path_of(digest)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_bytes(data)
        draft.rename(path)
    return digest

"""Notices, liens and bond claims: by when, and which waiver forms a state prescribes. See README.md."""

from bifocal.engines.liens.deadlines import AS_OF, DEADLINES, Basis, Deadline, Due, due_dates, known_states
from bifocal.engines.liens.waivers import FORMS, Form, form_for

__all__ = ["AS_OF", "DEADLINES", "FORMS", "Basis", "Deadline", "Due", "Form", "due_dates", "form_for", "known_states"]

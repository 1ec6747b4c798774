"""Routing: who drives where and when. `plan`, `explain`, `replan`, `offers`, `verify` (README.md). Import from its modules."""

"""Routing: who drives where and when. `plan`, `explain`, `replan`, `offers`, `verify`; see README.md. Import the modules: they load PyVRP."""

from django.apps import AppConfig


class ChangesConfig(AppConfig):
    name = "bifocal.projects.changes"
    label = "changes"

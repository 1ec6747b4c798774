from django.apps import AppConfig


class SetupConfig(AppConfig):
    name = "bifocal.projects.setup"
    label = "setup"

from django.apps import AppConfig


class TiesConfig(AppConfig):
    name = "bifocal.projects.ties"
    label = "ties"

from django.apps import AppConfig


class PunchConfig(AppConfig):
    name = "bifocal.projects.punch"
    label = "punch"

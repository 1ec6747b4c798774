from django.apps import AppConfig


class RfisConfig(AppConfig):
    name = "bifocal.projects.rfis"
    label = "rfis"

from django.apps import AppConfig


class RiskConfig(AppConfig):
    name = "bifocal.projects.risk"
    label = "risk"

from django.apps import AppConfig


class AbsenceConfig(AppConfig):
    name = "bifocal.bridges.absence"
    label = "absence"

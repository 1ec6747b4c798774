from django.apps import AppConfig


class WorkmixConfig(AppConfig):
    name = "bifocal.bridges.workmix"
    label = "workmix"

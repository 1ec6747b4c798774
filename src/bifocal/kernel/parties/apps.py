from django.apps import AppConfig


class PartiesConfig(AppConfig):
    name = "bifocal.kernel.parties"
    label = "parties"

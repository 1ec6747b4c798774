from django.apps import AppConfig


class CostsConfig(AppConfig):
    name = "bifocal.kernel.costs"
    label = "costs"

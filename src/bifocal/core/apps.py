from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "bifocal.core"
    label = "core"
